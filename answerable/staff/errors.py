"""What the staff room refuses."""

from answerable.kernel.errors import AnswerableError


class Forbidden(AnswerableError):
    """This role may not do that: ask a supervisor."""

    code = "staff.forbidden"


class WeakPassword(AnswerableError):
    """The password is too short or too common: choose another."""

    code = "staff.weak_password"


class UsernameTaken(AnswerableError):
    """Somebody else has this user name: choose another."""

    code = "staff.username_taken"


class OwnAccount(AnswerableError):
    """Nobody takes away their own administrator's rights: ask another administrator."""

    code = "staff.own_account"


class UnknownMember(AnswerableError):
    """There is no such member of staff or program: open the list again."""

    code = "staff.unknown"


class UnknownTeam(AnswerableError):
    """There is no such team in this department, or it was dissolved: open the list again."""

    code = "staff.unknown_team"


class BadTeam(AnswerableError):
    """The named field of the team is missing or wrong: correct it and send again."""

    code = "staff.bad_team"


class BadMember(AnswerableError):
    """The named field is missing or wrong: correct it and send again."""

    code = "staff.bad_member"
