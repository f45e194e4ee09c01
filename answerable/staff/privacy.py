"""What the staff room keeps about people who work for the city."""

from answerable.plumbing.privacy import PLAIN, Content, Declared

_WHO = Declared(Content.IDENTITY, purpose="to know who acted")

COLUMNS = {
    "StaffMember.password": Declared(Content.REACH, purpose="to sign in; kept as a salted hash"),
    "StaffMember.username": _WHO,
    "StaffMember.first_name": _WHO,
    "StaffMember.last_name": _WHO,
    "StaffMember.email": Declared(Content.REACH, purpose="to reach a member of staff"),
    "StaffMember.role": PLAIN,
    "StaffMember.department": PLAIN,
    "StaffMember.language": PLAIN,
    "Team.department": PLAIN,
    "Team.code": PLAIN,
    "Team.name": PLAIN,
    "Team.queues": PLAIN,
    "SavedList.department": PLAIN,
    "SavedList.name": Declared(Content.WORDS, purpose="to find a list of work again"),
    "SavedList.query": PLAIN,
    "ApiClient.name": PLAIN,
    "ApiClient.key_digest": PLAIN,
    "ApiClient.scopes": PLAIN,
    "ApiClient.profile": PLAIN,
    "ApiClient.previous_digest": PLAIN,
}
