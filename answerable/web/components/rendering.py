"""From values to what the macros draw: state tags, numbers read aloud, form fields and questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django import forms
from django.forms.boundfield import BoundField
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from answerable.kernel.languages import in_language


@dataclass(frozen=True, slots=True)
class StateTag:
    """How a state looks: colour, shape and word, so that none of them is the only sign."""

    tone: str
    shape: str
    word: str | Promise


LIFECYCLE: Final[Mapping[str, StateTag]] = {
    "draft": StateTag("rest", "void", _("Draft")),
    "received": StateTag("info", "doing", _("Received")),
    "triage": StateTag("info", "doing", _("Being checked")),
    "assigned": StateTag("info", "doing", _("With the department")),
    "scheduled": StateTag("info", "doing", _("Scheduled")),
    "in_progress": StateTag("info", "doing", _("In progress")),
    "awaiting_requester": StateTag("risk", "rest", _("Waiting for your answer")),
    "on_hold": StateTag("rest", "rest", _("On hold")),
    "referred": StateTag("info", "doing", _("Referred")),
    "resolved": StateTag("ok", "ok", _("Done")),
    "closed": StateTag("rest", "void", _("Closed")),
}
PROMISE: Final[Mapping[str, StateTag]] = {
    "running": StateTag("ok", "ok", _("On time")),
    "at_risk": StateTag("risk", "risk", _("At risk")),
    "breached": StateTag("late", "late", _("Overdue")),
    "met": StateTag("ok", "ok", _("Kept")),
    "met_late": StateTag("rest", "ok", _("Kept late")),
    "paused": StateTag("rest", "rest", _("Paused")),
    "void": StateTag("rest", "void", _("Void")),
}
HANDOFF: Final[Mapping[str, StateTag]] = {
    "queued": StateTag("info", "ring", _("Waiting to be sent")),
    "due": StateTag("info", "ring", _("Waiting to be sent")),
    "sending": StateTag("info", "doing", _("Being sent")),
    "sent": StateTag("info", "doing", _("Sent, not yet confirmed")),
    "delivered": StateTag("info", "doing", _("Sent, not yet confirmed")),
    "acknowledged": StateTag("ok", "ok", _("Confirmed")),
    "refused": StateTag("late", "late", _("Sent back")),
    "failed": StateTag("late", "late", _("Not delivered")),
    "dead": StateTag("late", "late", _("Not delivered")),
    "done_reported": StateTag("ok", "ok", _("Reported as done")),
    "out_of_sync": StateTag("risk", "risk", _("To be compared")),
}
STATES: Final[Mapping[str, StateTag]] = {**HANDOFF, **PROMISE, **LIFECYCLE}

UNKNOWN: Final = StateTag("rest", "ring", "")


def state_tag(state: str) -> StateTag:
    """The look and word of a life-cycle, promise or hand-off state."""
    return STATES.get(str(state), UNKNOWN)


def read_aloud(number: str) -> list[str]:
    """The number in groups that can be said in one breath.

    `26-0184213-7` is read `26`, `018`, `42`, `13`, `7`.
    """
    parts = number.split("-")
    groups: list[str] = []
    for part in parts:
        head, rest = (part[:3], part[3:]) if len(part) % 2 and len(part) > 1 else ("", part)
        groups += [head] if head else []
        groups += [rest[at : at + 2] for at in range(0, len(rest), 2)]
    return groups


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a field."""

    value: str
    label: str
    hint: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class FieldView:
    """A form field as the macros draw it, whether it came from a Django form or from the catalogue."""

    kind: str
    name: str
    id: str
    label: str
    value: Any = ""
    hint: str = ""
    error: str = ""
    required: bool = True
    disabled: bool = False
    options: Sequence[Option] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    shown_when: str = ""


_KINDS: Final[tuple[tuple[type[forms.Widget], str], ...]] = (
    (forms.HiddenInput, "hidden"),
    (forms.CheckboxSelectMultiple, "checkboxes"),
    (forms.RadioSelect, "radios"),
    (forms.SelectMultiple, "checkboxes"),
    (forms.Select, "select"),
    (forms.CheckboxInput, "checkbox"),
    (forms.FileInput, "file"),
    (forms.Textarea, "textarea"),
    (forms.PasswordInput, "password"),
    (forms.EmailInput, "email"),
    (forms.NumberInput, "number"),
    (forms.URLInput, "url"),
    (forms.DateInput, "date"),
)
_TYPES: Final[Mapping[str, str]] = {"tel": "tel", "search": "search", "date": "date", "email": "email"}
_OWN_ATTRIBUTES: Final = frozenset(
    {"id", "required", "disabled", "type", "aria-describedby", "aria-invalid", "class", "placeholder"}
)


def bound(bound_field: BoundField) -> FieldView:
    """A Django form's field, with its value, hint and first error."""
    widget = bound_field.field.widget
    attributes = bound_field.build_widget_attrs({**widget.attrs})
    kept = {str(k): str(v) for k, v in attributes.items() if k not in _OWN_ATTRIBUTES and v is not False}
    return FieldView(
        kind=_kind_of(widget),
        name=bound_field.html_name,
        id=bound_field.id_for_label or bound_field.auto_id or bound_field.html_name,
        label=str(bound_field.label),
        value=_value_of(bound_field),
        hint=str(bound_field.help_text),
        error=str(bound_field.errors[0]) if bound_field.errors else "",
        required=bound_field.field.required,
        disabled=bound_field.field.disabled,
        options=tuple(_options_of(bound_field)),
        attributes=kept,
    )


def _kind_of(widget: forms.Widget) -> str:
    declared = _TYPES.get(str(getattr(widget, "input_type", "")))
    for widget_class, kind in _KINDS:
        if isinstance(widget, widget_class):
            return declared or kind if kind == "date" else kind
    return declared or "text"


def _value_of(bound_field: BoundField) -> Any:
    value = bound_field.value()
    kind = _kind_of(bound_field.field.widget)
    if kind == "checkbox":
        return bool(value)
    if kind == "checkboxes":
        return [str(item) for item in value or ()]
    if kind in {"password", "file"} or value is None:
        return ""
    return str(bound_field.field.widget.format_value(value) or "") if kind not in {"radios", "select"} else str(value)


def _options_of(bound_field: BoundField) -> list[Option]:
    choices = getattr(bound_field.field, "choices", None)
    return [Option(value=str(value), label=str(label)) for value, label in choices] if choices else []


_QUESTION_KINDS: Final[Mapping[str, str]] = {
    "single": "radios",
    "multi": "checkboxes",
    "text": "text",
    "long_text": "textarea",
    "number": "number",
    "date": "date",
    "yes_no": "radios",
}
MANY_OPTIONS: Final = 8
"""A single choice longer than this is a select, so that a phone shows the whole form."""


def question_field(question: Any, value: Any = None, error: str = "", prefix: str = "q_") -> FieldView:
    """A catalogue question as a field named `q_<code>`, in the page's language."""
    kind = _QUESTION_KINDS[str(question.type)]
    options = _question_options(question)
    if kind == "radios" and len(options) > MANY_OPTIONS:
        kind = "select"
    limits = {"min": question.min, "max": question.max, "maxlength": question.max_length}
    name = f"{prefix}{question.code}"
    return FieldView(
        kind=kind,
        name=name,
        id=name,
        label=_said(question.label),
        value=value if value is not None else ([] if kind == "checkboxes" else ""),
        hint=_said(question.hint),
        error=error,
        required=bool(question.required),
        options=options,
        attributes={key: str(limit) for key, limit in limits.items() if limit is not None},
        shown_when=_shown_when(question.show_when, prefix=prefix),
    )


def _question_options(question: Any) -> tuple[Option, ...]:
    if str(question.type) == "yes_no":
        return (Option("yes", gettext("Yes")), Option("no", gettext("No")))
    return tuple(Option(value=str(one.code), label=_said(one.label)) for one in question.options or ())


def _said(text: Any) -> str:
    if not text:
        return ""
    return text if isinstance(text, str) else in_language(text, language=get_language() or "en")


def _shown_when(condition: Any, *, prefix: str) -> str:
    """`q_size=big|huge` for the script that hides a question until it applies."""
    if not condition:
        return ""
    question, values = (
        (condition["question"], condition["is"])
        if isinstance(condition, Mapping)
        else (condition.question, condition.values)
    )
    return f"{prefix}{question}={'|'.join(str(value) for value in values)}"
