"""The cases of a flow as a file: `flows/essay.test.json`.

    {
      "test": 1,
      "cases": {
        "an essay about tides": {
          "inputs": {"topic": "tides"},
          "expect": [
            {"output": "essay", "contains": "moon"},
            {"step": "outline", "matches": "^1\\\\."},
            {"step": "review.data", "at": "score", "at_least": 7},
            {"cost_below": 0.01}
          ]
        }
      }
    }

A case is run with the answers of the flow's cassette, or with a `model` of its own. It passes when the run succeeded
(unless a `status` is expected) and everything it expects is so.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, Self, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from weft.catalog import expression
from weft.model.errors import DocumentError, NotFound
from weft.model.nearest import nearest
from weft.model.writer import write_value
from weft.workspace import atomic
from weft.workspace.flows.flowfiles import shown

FORMAT = 1
SUBJECTS = ("output", "step", "cost_below", "tokens_below", "calls_below", "seconds_below")
CHECKS = ("equals", "contains", "lacks", "matches", "schema", "at_least", "at_most", "holds", "judge")
Status = Literal["succeeded", "failed", "cancelled", "skipped"]


def unfit(text: str, names: Iterable[str]) -> str:
    """Why an expression can't be evaluated with values of these names; "" if it can."""
    if found := expression.problems(text):
        return f"{found[0].place}: {found[0].message}" if found[0].place else found[0].message
    known = [*names]
    for name in expression.names(text):
        if name not in known:
            near = nearest(name, known)
            return f"there is no {name!r}" + (
                f"; did you mean {near!r}?" if near else f"; there is {', '.join(known)}"
            )
    return ""


class _Part(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, populate_by_name=True
    )


class Expectation(_Part):
    """One thing that is to be so.

    Of an `output` of the flow, or of a `step` by its path (`review`, `review.data`, `each[0]/draft`), and there `at` a
    path in it: `equals`, `contains` (a text in a text, an item in a list, a key in an object), `lacks`, `matches` (a
    regular expression found in the text), `schema` (a JSON Schema), `at_least`, `at_most` (numbers, or the length of
    all else), `holds` (an expression, as conditions of nodes are, in which `value` is what is looked at), `judge` (what a model, `model` or the flow's own, must find true of it). `status` is that of the step, or
    of the run; `error` the code a failed step or run has. Of the run: `cost_below` (dollars), `tokens_below`,
    `calls_below`, `seconds_below`."""

    output: str | None = None
    step: str | None = None
    at: str = ""
    equals: Any = None
    contains: Any = None
    lacks: Any = None
    matches: str | None = None
    schema_: dict[str, Any] | None = Field(default=None, alias="schema")
    at_least: int | float | None = None
    at_most: int | float | None = None
    holds: str | None = None
    judge: str | None = None
    model: str | None = None
    status: Status | None = None
    error: str | None = None
    cost_below: int | float | None = None
    tokens_below: int | None = None
    calls_below: int | None = None
    seconds_below: int | float | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        subjects = [name for name in SUBJECTS if name in self.model_fields_set]
        checks = self.checks
        if self.holds is not None and (wrong := unfit(self.holds, ("value",))):
            raise ValueError(f"says 'holds' in a way that can't be read: {wrong}")
        if len(subjects) > 1:
            raise ValueError(f"names {' and '.join(subjects)}: write one expectation for each")
        if checks and subjects[:1] not in (["output"], ["step"]):
            raise ValueError(f"says {checks[0]!r} of nothing: name an 'output' or a 'step'")
        if subjects[:1] == ["output"] and not checks:
            raise ValueError(f"says nothing of the output: add one of {', '.join(CHECKS)}")
        if subjects[:1] == ["step"] and not checks and self.status is None and self.error is None:
            raise ValueError(f"says nothing of the step: add 'status', 'error' or one of {', '.join(CHECKS)}")
        if not subjects and self.status is None and self.error is None:
            raise ValueError(f"is empty: name one of {', '.join(SUBJECTS)}, status, error")
        return self

    @property
    def checks(self) -> list[str]:
        """What it says of a value, by the names in the file."""
        given = {"schema" if name == "schema_" else name for name in self.model_fields_set}
        return [name for name in CHECKS if name in given]

    def __str__(self) -> str:
        parts = self.model_dump(exclude_unset=True, by_alias=True)
        return ", ".join(f"{name} {json.dumps(value, ensure_ascii=False)}" for name, value in parts.items())


class Case(_Part):
    """One run of the flow and what is expected of it. `answers` are what persons say, in order, by the step's path;
    `model` answers in place of the cassette and of the flow's own default."""

    inputs: dict[str, Any] = {}
    answers: dict[str, list[Any]] = {}
    state: dict[str, Any] | None = None
    model: str | None = None
    expect: list[Expectation] = []


class Suite(_Part):
    """All cases of a flow, by name."""

    cases: dict[str, Case] = {}

    def text(self) -> str:
        plain = {
            name: case.model_dump(exclude_unset=True, by_alias=True) for name, case in self.cases.items()
        }
        return write_value({"test": FORMAT, "cases": plain})

    def save(self, path: Path) -> None:
        atomic.write(path, self.text())


def suite_path(flow: Path) -> Path:
    """The cases of the flow in that file."""
    return flow.with_name(f"{flow.stem}.test.json")


def read_suite(path: Path) -> Suite:
    """Raises `NotFound` without the file, and `DocumentError` for what can't be read as cases, naming the place."""
    try:
        document = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        slug = path.name.partition(".")[0]
        raise NotFound(
            f"There is no {shown(path)!r}: {slug} has no cases.",
            code="no-cases",
            hint=f"Make one of a run: weft test {slug} --from-run ID",
        ) from None
    except OSError as problem:
        raise _bad(path, f"it can't be read ({problem.strerror})") from None
    except (ValueError, RecursionError) as problem:
        raise _bad(path, f"it isn't JSON ({problem})") from None
    found = cast("dict[str, Any]", document) if isinstance(document, dict) else {}
    if found.pop("test", None) != FORMAT:
        raise _bad(path, 'it must begin with "test": 1')
    try:
        return Suite.model_validate(_lined(found))
    except ValidationError as problem:
        raise _bad(path, first_wrong(problem)) from None


def _lined(value: Any) -> Any:
    """Texts that are written line by line, whole."""
    match value:
        case list():
            return [_lined(item) for item in cast("list[Any]", value)]
        case {"$lines": [*lines]}:
            return "\n".join(map(str, lines))
        case dict():
            return {key: _lined(item) for key, item in cast("dict[str, Any]", value).items()}
        case _:
            return value


def first_wrong(problem: ValidationError) -> str:
    """The first thing that is wrong with cases, and where, as part of a sentence."""
    first = problem.errors()[0]
    place = ".".join(map(str, first["loc"]))
    if first["type"] == "extra_forbidden":
        known = (*Expectation.model_fields, "schema") if "expect" in first["loc"] else Case.model_fields
        near = nearest(str(first["loc"][-1]), known)
        return f"{place} isn't known" + (f"; did you mean {near!r}?" if near else "")
    return f"{place} {first['msg'].removeprefix('Value error, ')}"


def _bad(path: Path, why: str) -> DocumentError:
    return DocumentError(
        f"{shown(path)!r} can't be read as cases: {why}.", code="bad-cases", hint="See 'weft test --help'."
    )
