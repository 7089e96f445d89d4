"""Whether what a case expects is so: a sentence for each expectation that isn't."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from weft.catalog import expression
from weft.catalog.lookup import look_up
from weft.engine.events import Event
from weft.model.errors import StepFailed
from weft.workspace.testing.cases import Expectation

ABSENT: Final[Any] = object()
SHOWN = 200
LONGEST = 1_000_000
"""Characters in which a regular expression is looked for."""
_MAIN = ("text", "output", "data")


class Result(Protocol):
    """How a run ended: what of a `RunResult` is looked at."""

    @property
    def status(self) -> str: ...
    @property
    def outputs(self) -> Mapping[str, Any]: ...
    @property
    def error(self) -> Mapping[str, Any] | None: ...
    @property
    def usage(self) -> Mapping[str, int]: ...
    @property
    def cost(self) -> float | None: ...
    @property
    def seconds(self) -> float: ...


@dataclass(frozen=True)
class Ran:
    """A run that is over, as cases look at it. `steps` are the ends of steps by path: status, value, error code."""

    result: Result
    steps: Mapping[str, tuple[str, Mapping[str, Any], str]]

    @classmethod
    def of(cls, result: Result, events: Iterable[Event]) -> "Ran":
        steps: dict[str, tuple[str, Mapping[str, Any], str]] = {}
        for event in events:
            match event.kind:
                case "step-finished":
                    steps[event.path] = "succeeded", event.data.get("value") or {}, ""
                case "step-skipped":
                    steps[event.path] = "skipped", {}, ""
                case "step-failed":
                    code = str(event.data.get("code", ""))
                    steps[event.path] = "cancelled" if code == "cancelled" else "failed", {}, code
                case _:
                    pass
        return cls(result, steps)

    def value(self, wanted: Expectation) -> tuple[Any, str]:
        """What is to be looked at (ABSENT: it isn't there), and its name."""
        name = f"output {wanted.output!r}" if wanted.output is not None else f"step {wanted.step!r}"
        value = (
            self.result.outputs.get(wanted.output, ABSENT)
            if wanted.output is not None
            else self._of_step(wanted)
        )
        if wanted.at and value is not ABSENT:
            found, inner = look_up(value, wanted.at.split("."))
            return (inner if found else ABSENT), f"{name} at {wanted.at!r}"
        return value, name

    def step(self, path: str) -> tuple[str, Mapping[str, Any], str] | None:
        """The end of the step at a path that may have a port at its end."""
        return self.steps.get(path) or self.steps.get(path.rpartition(".")[0])

    def _of_step(self, wanted: Expectation) -> Any:
        path = str(wanted.step)
        if path in self.steps:
            values = self.steps[path][1]
            main = next((port for port in _MAIN if port in values), next(iter(values), None))
            return ABSENT if main is None else values[main]
        owner, _, port = path.rpartition(".")
        return self.steps[owner][1].get(port, ABSENT) if owner in self.steps else ABSENT


def complaints(wanted: Expectation, ran: Ran) -> Iterator[str]:
    """What isn't as it is expected, but for what a model has to judge."""
    result = ran.result
    if wanted.output is None and wanted.step is None:
        yield from _of_run(wanted, result)
        return
    if wanted.step is not None:
        found = ran.step(wanted.step)
        if found is None:
            yield f"the run has no step {wanted.step!r}: {_some(ran.steps)}"
            return
        status, _, code = found
        if wanted.status is not None and status != wanted.status:
            yield f"step {wanted.step!r} {_was(status)}, and should have {_been(wanted.status)}"
        if wanted.error is not None and code != wanted.error:
            yield f"step {wanted.step!r} {f'failed with {code!r}' if code else _was(status)}, not with {wanted.error!r}"
    checks = [check for check in wanted.checks if check != "judge"]
    if not checks and wanted.judge is None:
        return
    value, name = ran.value(wanted)
    if value is ABSENT:
        yield f"{name} isn't there" + ("" if wanted.step else f": {_some(result.outputs)}")
        return
    for check in checks:
        if said := _CHECKS[check](value, getattr(wanted, "schema_" if check == "schema" else check)):
            yield f"{name} {said}"


def _of_run(wanted: Expectation, result: Result) -> Iterator[str]:
    if wanted.status is not None and result.status != wanted.status:
        yield f"the run {_was(result.status)}, and should have {_been(wanted.status)}"
    code = (result.error or {}).get("code", "")
    if wanted.error is not None and code != wanted.error:
        yield f"the run {f'failed with {code!r}' if code else _was(result.status)}, not with {wanted.error!r}"
    tokens = result.usage.get("input_tokens", 0) + result.usage.get("output_tokens", 0)
    for name, is_, most in (
        ("cost", result.cost, wanted.cost_below),
        ("tokens", tokens, wanted.tokens_below),
        ("calls", result.usage.get("calls", 0), wanted.calls_below),
        ("seconds", result.seconds, wanted.seconds_below),
    ):
        if most is None:
            continue
        if is_ is None:
            yield f"the run's {name} isn't known: the price of a model is missing"
        elif is_ >= most:
            yield f"the run's {name}: {is_:,.6g}, and should be below {most:,.6g}"


def _equals(value: Any, wanted: Any) -> str:
    same = value == wanted and json.dumps(value, sort_keys=True) == json.dumps(wanted, sort_keys=True)
    return "" if same else f"is {short(value)}, and should be {short(wanted)}"


def _holds(value: Any, part: Any) -> bool:
    if isinstance(value, str):
        return str(part) in value
    return part in value if isinstance(value, list | dict) else False


def _contains(value: Any, part: Any) -> str:
    return "" if _holds(value, part) else f"doesn't contain {short(part)}: it is {short(value)}"


def _lacks(value: Any, part: Any) -> str:
    return f"contains {short(part)}: it is {short(value)}" if _holds(value, part) else ""


def _matches(value: Any, pattern: str) -> str:
    text = (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))[:LONGEST]
    try:
        found = re.search(pattern, text, re.MULTILINE)
    except re.error as wrong:
        return f"can't be looked at: {pattern!r} is no regular expression ({wrong})"
    return "" if found else f"doesn't match {pattern!r}: it is {short(value)}"


def _fits(value: Any, schema: Any) -> str:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as wrong:
        return f"can't be looked at: the schema is none ({wrong.message})"
    errors = [*Draft202012Validator(schema).iter_errors(value)]  # pyright: ignore[reportUnknownMemberType]
    if not errors:
        return ""
    where = ".".join(map(str, errors[0].path))
    return f"doesn't fit its schema{f' at {where}' if where else ''}: {errors[0].message[:SHOWN]}"


def _size(value: Any) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    return float(value) if isinstance(value, int | float) else float(len(value))


def _at_least(value: Any, least: float) -> str:
    size = _size(value)
    return (
        "" if size is not None and size >= least else f"is {short(value)}, and should be at least {least:g}"
    )


def _at_most(value: Any, most: float) -> str:
    size = _size(value)
    return "" if size is not None and size <= most else f"is {short(value)}, and should be at most {most:g}"


def _evaluated(value: Any, text: str) -> str:
    try:
        found = expression.evaluate(text, {"value": value}, {})
    except StepFailed as problem:
        return f"can't be looked at with {text!r}: {problem.message}"
    return "" if found is True else f"isn't so that {text}: it is {short(value)}"


_CHECKS: Final[Mapping[str, Any]] = {
    "equals": _equals,
    "contains": _contains,
    "lacks": _lacks,
    "matches": _matches,
    "schema": _fits,
    "at_least": _at_least,
    "at_most": _at_most,
    "holds": _evaluated,
}


def short(value: Any) -> str:
    """A value in a sentence."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}… ({len(text):,} characters)"


def _was(status: str) -> str:
    return f"was {status}" if status in ("skipped", "cancelled") else status


def _been(status: str) -> str:
    return f"been {status}" if status in ("skipped", "cancelled") else status


def _some(names: Mapping[str, Any]) -> str:
    listed = list(names)[:8]
    return f"there are {', '.join(listed)}" if listed else "there are none"
