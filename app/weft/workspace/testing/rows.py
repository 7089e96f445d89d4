"""Expectations as rows of a form, one for each thing that is to be so, and back."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError

from weft.workspace.testing.cases import CHECKS, Expectation, first_wrong

OF_VALUE: Final = CHECKS
OF_STEP: Final = (*CHECKS, "status", "error")
OF_RUN: Final = ("status", "error", "cost_below", "tokens_below", "calls_below", "seconds_below")
_NUMBERS = {"at_least", "at_most", "cost_below", "tokens_below", "calls_below", "seconds_below"}
_ANY = {"equals", "contains", "lacks"}
_KEPT = ("model",)

Row = dict[str, Any]
"""`subject` (output, step, run), `name`, `at`, `check`, `value` as text, `json` whether that text is JSON; `group` is
the same for the rows of one expectation, `more` what no row is for."""


def rows_of(expect: Sequence[Expectation]) -> list[Row]:
    """The rows in the order of the file."""
    return [row for group, wanted in enumerate(expect) for row in _rows(group, wanted)]


def expect_of(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the file is to say. Raises `ValueError`, with the row's number, for a value that can't be read."""
    made: dict[tuple[Any, ...], dict[str, Any]] = {}
    for number, row in enumerate(rows):
        subject, check = str(row.get("subject", "")), str(row.get("check", ""))
        known = {"output": OF_VALUE, "step": OF_STEP, "run": OF_RUN}.get(subject)
        if known is None or check not in known:
            raise ValueError(f"Expectation {number + 1}: {check!r} can't be said of {subject!r}.")
        name, at = str(row.get("name", "")).strip(), str(row.get("at", "")).strip()
        if subject != "run" and not name:
            raise ValueError(f"Expectation {number + 1}: say which {subject}.")
        whole = {} if subject == "run" else {subject: name} | ({"at": at} if at else {})
        key = (subject, name, at, row.get("group", f"new {number}"))
        if check in made.get(key, {}) or (subject == "run" and check.endswith("_below")):
            key = (*key, number)
        one = made.setdefault(key, whole)
        one[check] = _read(number, check, str(row.get("value", "")), as_json=bool(row.get("json")))
        more: Mapping[str, Any] = row.get("more") or {}
        one |= {name: more[name] for name in _KEPT if str(more.get(name) or "").strip()}
    return list(made.values())


def wrong_rows(rows: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """By the number of the row, from 0, what is wrong with it; only with those that something is wrong with."""
    return {number: said for number, row in enumerate(rows) if (said := _wrong(row))}


def _wrong(row: Mapping[str, Any]) -> str:
    try:
        plain = expect_of([row])[0]
    except ValueError as problem:
        said = str(problem).removeprefix("Expectation 1: ")
        return f"{said[:1].upper()}{said[1:]}"
    check, value = str(row.get("check")), plain.get(str(row.get("check")))
    if check in ("matches", "judge", "holds", "error") and not str(value).strip():
        return "Write what is expected."
    try:
        Expectation.model_validate(plain)
        if check == "matches":
            re.compile(str(value))
        if check == "schema":
            _refuse_no_schema(value)
    except ValidationError as problem:
        said = first_wrong(problem)
        return f"{said[:1].upper()}{said[1:]}."
    except re.error as problem:
        return f"That is no regular expression: {problem}."
    except ValueError as problem:
        return str(problem)
    return ""


def _refuse_no_schema(value: Any) -> None:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(value)
    except SchemaError as problem:
        raise ValueError(f"That is no JSON Schema: {problem.message}.") from None


def _rows(group: int, wanted: Expectation) -> Iterator[Row]:
    plain = wanted.model_dump(exclude_unset=True, by_alias=True)
    subject = "output" if "output" in plain else "step" if "step" in plain else "run"
    more = {name: plain[name] for name in _KEPT if name in plain}
    for check in dict.fromkeys((*OF_STEP, *OF_RUN)):
        if check in plain:
            value = plain[check]
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            yield {
                "subject": subject,
                "name": plain.get(subject, ""),
                "at": plain.get("at", ""),
                "check": check,
                "value": text,
                "json": check in _ANY and not isinstance(value, str),
                "group": group,
                "more": more,
            }


def _read(number: int, check: str, text: str, *, as_json: bool) -> Any:
    wanted = "a number" if check in _NUMBERS else "JSON"
    if check not in _NUMBERS and check != "schema" and not (as_json and check in _ANY):
        return text
    try:
        return json.loads(text)
    except ValueError:
        raise ValueError(f"Expectation {number + 1}: {text[:60]!r} isn't {wanted}.") from None
