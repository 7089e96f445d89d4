"""What a step may ask a person, and which answers fit.

Four kinds: `approve` (yes or no, with a remark if one likes), `edit` (a value, changed or as it was), `choose` (one of
several), `form` (fields, each with the type of a port). A question goes out as plain JSON with a JSON Schema of its
answers, so whoever shows it needs to know nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, cast, get_args

from pydantic import ValidationError

from weft.catalog.kinds import PortType, shown
from weft.engine.answer_schema import field_schema, type_schema
from weft.engine.approving import approval, list_of, unfit
from weft.engine.given import type_of_input
from weft.engine.said import said, said_choice, said_json, said_truth
from weft.model.errors import StepFailed, WeftError
from weft.model.flow import FlowInput
from weft.model.nearest import nearest
from weft.model.plain import to_plain
from weft.model.refs import is_port

Kind = Literal["approve", "edit", "choose", "form"]
KINDS: Final[tuple[str, ...]] = get_args(Kind)
_FOREVER: Final = 10.0**9
_NO_FIELDS: Final[Mapping[str, FlowInput]] = {}


@dataclass(frozen=True)
class Question:
    """`value` is shown with the text; an `edit` starts from it. `within` is how many seconds a person has, None for as
    long as it takes; after that `default` is the answer, and without one (None) the step fails."""

    kind: Kind
    text: str
    value: Any = None
    choices: tuple[Any, ...] = ()
    fields: Mapping[str, FlowInput] = field(default_factory=lambda: _NO_FIELDS)
    within: float | None = None
    default: Any = None
    changes: Mapping[str, Any] | None = None
    """Of an `approve`: the JSON Schema of its value, if whoever approves may change it."""

    def json(self, number: int) -> dict[str, Any]:
        """The question as the event `step-paused` holds it; `number` counts the questions of a step from 0."""
        said: dict[str, Any] = {"number": number, "kind": self.kind, "text": self.text, "value": self.value}
        if self.choices:
            said["choices"] = list(self.choices)
        if self.fields:
            said["fields"] = {name: _field_json(given) for name, given in self.fields.items()}
        if self.changes is not None:
            said["changes"] = dict(self.changes)
        if self.within is not None:
            said["within"] = self.within
            said["default"] = self.default
        return said | {"schema": self.schema()}

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the answers that fit."""
        match self.kind:
            case "approve":
                remark: dict[str, Any] = {"approved": {"type": "boolean"}, "remark": {"type": "string"}}
                if self.changes is not None:
                    remark["value"] = dict(self.changes)
                with_remark = {
                    "type": "object",
                    "properties": remark,
                    "required": ["approved"],
                    "additionalProperties": False,
                }
                return {"anyOf": [{"type": "boolean"}, with_remark]}
            case "edit":
                return {"type": "object"} if isinstance(self.value, dict) else type_schema(self.edited)
            case "choose":
                return {"enum": list(self.choices)}
            case "form":
                needed = [name for name, given in self.fields.items() if not given.has_default]
                return {
                    "type": "object",
                    "properties": {name: field_schema(given) for name, given in self.fields.items()},
                    "required": needed,
                    "additionalProperties": False,
                }

    @property
    def edited(self) -> PortType:
        """What an `edit` gives: the same kind of thing as its value."""
        return _of_value(self.value)

    def read(self, answer: Any) -> Any:
        """The answer as the component gets it: plain, complete, its gaps filled with the fields' defaults. A text that
        doesn't fit as it is stands for what it says: `yes`, `12`, JSON.

        Raises `WeftError` (`bad-answer`) that says all that is wrong with it.
        """
        try:
            plain = to_plain(answer, name="answer")
        except WeftError as error:
            raise unfit(f"The {error.message}") from None
        if isinstance(plain, str):
            plain = self._said(plain)
        match self.kind:
            case "approve":
                return approval(plain, self.value, self.changes)
            case "edit":
                if complaint := self.edited.complaint(plain) or _no_object(self.value, plain):
                    raise unfit(f"The answer doesn't fit: {complaint}.")
                return plain
            case "choose":
                if not any(plain == choice and type(plain) is type(choice) for choice in self.choices):
                    raise unfit(f"The answer must be one of {list_of(self.choices)}, not {shown(plain)}.")
                return plain
            case "form":
                return self._filled(plain)

    def _said(self, text: str) -> Any:
        match self.kind:
            case "approve":
                meant = said_truth(text)
                return said_json(text) if isinstance(meant, str) else meant
            case "edit":
                return said(text, self.edited)
            case "choose":
                return said_choice(text, self.choices)
            case "form":
                return said_json(text)

    def _filled(self, answer: Any) -> dict[str, Any]:
        if not isinstance(answer, dict):
            raise unfit(f"The answer must be an object with {list_of(self.fields)}, not {shown(answer)}.")
        given = cast("dict[str, Any]", answer)
        wrong: list[str] = []
        for name in given:
            if name not in self.fields:
                close = nearest(name, self.fields)
                meant = f"did you mean {close!r}?" if close else f"there are {list_of(self.fields)}."
                wrong.append(f"There is no field {name!r}: {meant}")
        values: dict[str, Any] = {}
        for name, declared in self.fields.items():
            if name not in given and not declared.has_default:
                wrong.append(f"The field {name!r} ({declared.type}) isn't filled.")
                continue
            value, kind = given.get(name, declared.default), type_of_input(declared)
            if name in given and isinstance(value, str):
                value = said(value, kind)
            values[name] = value
            if name in given and (complaint := kind.complaint(value)):
                wrong.append(f"The field {name!r} doesn't fit: {complaint}.")
        if wrong:
            raise unfit(" ".join(wrong))
        return values


def question(
    text: str,
    kind: str,
    value: Any,
    choices: Sequence[Any],
    fields: Mapping[str, Any],
    within: float | None,
    default: Any,
    changes: Mapping[str, Any] | None = None,
) -> Question:
    """The question, if it is one that a person can answer. Raises `StepFailed` (`bad-question`) if it isn't."""
    if kind not in KINDS:
        close = nearest(str(kind), KINDS)
        hint = f"Did you mean {close!r}?" if close else f"There are {list_of(KINDS)}."
        raise _no_question(f"there is no kind {kind!r}", hint)
    if kind == "choose" and not choices:
        raise _no_question("it offers nothing to choose", "Give `choices`: a list with at least one option.")
    if kind == "form" and not fields:
        raise _no_question("its form has no fields", 'Give `fields`, such as {"amount": "number"}.')
    if within is not None and not (type(within) in (int, float) and 0 < within < _FOREVER):
        raise _no_question(
            f"{within!r} is no number of seconds", "Give `answer_within` as 60, or leave it out."
        )
    try:
        made = Question(
            cast("Kind", kind),
            str(to_plain(text, name="text")),
            to_plain(value),
            tuple(to_plain(list(choices), name="choices")) if kind == "choose" else (),
            read_fields(fields) if kind == "form" else _NO_FIELDS,
            within,
            changes=to_plain(dict(changes), name="changes") if kind == "approve" and changes else None,
        )
        return made if default is None else replace(made, default=made.read(default))
    except (ValueError, WeftError) as error:
        said = error.message if isinstance(error, WeftError) else str(error)
        raise _no_question(said[:1].lower() + said[1:].rstrip(".")) from None


def read_fields(fields: Any) -> dict[str, FlowInput]:
    """The fields of a form, each written as an input of a flow is, or as the name of its type alone. Raises
    `ValueError` with a sentence for anything else."""
    if not isinstance(fields, Mapping):
        raise ValueError(f'`fields` must be an object such as {{"amount": "number"}}, not {shown(fields)}')
    return {
        str(name): _read_field(str(name), given) for name, given in cast("Mapping[Any, Any]", fields).items()
    }


def _read_field(name: str, given: Any) -> FlowInput:
    if not is_port(name):
        raise ValueError(f"{name!r} is no name of a field: use letters, digits and '_'")
    if isinstance(given, str):
        given = {"type": given}
    try:
        made = given if isinstance(given, FlowInput) else FlowInput.model_validate(given)
        kind = type_of_input(made)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ValueError(f"the field {name!r}: {where + ': ' if where else ''}{first['msg']}") from None
    except ValueError as error:
        raise ValueError(f"the field {name!r}: {error}") from None
    if made.has_default and (complaint := kind.complaint(made.default)):
        raise ValueError(f"the default of the field {name!r} doesn't fit: {complaint}")
    return made


def _of_value(value: Any) -> PortType:
    match value:
        case str():
            return PortType("text")
        case bool():
            return PortType("boolean")
        case int() | float():
            return PortType("number")
        case list():
            return PortType("list", PortType("any"))
        case _:
            return PortType("json" if isinstance(value, dict) else "any")


def _no_object(value: Any, answer: Any) -> str:
    wrong = isinstance(value, dict) and not isinstance(answer, dict)
    return f"it must be an object, not {shown(answer)}" if wrong else ""


def _field_json(given: FlowInput) -> dict[str, Any]:
    return {"type": given.type} | given.model_dump(exclude_unset=True)


def _no_question(why: str, hint: str = "") -> StepFailed:
    return StepFailed(f"This can't be asked: {why}.", code="bad-question", hint=hint, retryable=False)
