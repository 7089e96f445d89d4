"""An answer of yes or no: with a remark if one likes, and where that is offered with the value changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from weft.catalog.kinds import shown
from weft.engine.said import said_json
from weft.model.errors import WeftError
from weft.model.fitting import misfit

_KEYS: Final = {"approved", "remark"}


def approval(answer: Any, value: Any, changes: Mapping[str, Any] | None) -> dict[str, Any]:
    """What the step is told: `approved`, `remark`, and with `changes`, which is the schema of it, the `value` as it is
    now. Raises `WeftError` (`bad-answer`)."""
    given: Mapping[str, Any] | None = None
    if isinstance(answer, bool):
        given = {"approved": answer}
    elif isinstance(answer, dict):
        given = cast("dict[str, Any]", answer)
    known = _KEYS if changes is None else _KEYS | {"value"}
    if given is None or not isinstance(given.get("approved"), bool) or given.keys() - known:
        raise _no_approval(answer)
    remark = given.get("remark", "")
    if not isinstance(remark, str):
        raise _no_approval(answer)
    told = {"approved": given["approved"], "remark": remark}
    if changes is None:
        return told
    return told | {"value": _changed(given["value"], changes) if "value" in given else value}


def _changed(value: Any, schema: Mapping[str, Any]) -> Any:
    if isinstance(value, str) and schema.get("type") == "object":
        value = said_json(value)
    try:
        wrong = misfit(schema, value)
    except ValueError as error:
        raise unfit(f"The value can't be changed: {error}.") from None
    if wrong:
        raise unfit(f"The changed value doesn't fit: {wrong}.")
    return value


def unfit(message: str) -> WeftError:
    """The answer can't be taken."""
    return WeftError(message, code="bad-answer", retryable=False)


def list_of(names: Any) -> str:
    """The names in a line, at most a dozen."""
    some = [repr(name) for name in names]
    return ", ".join(some if len(some) <= 12 else [*some[:12], "…"])


def _no_approval(answer: Any) -> WeftError:
    return unfit(
        f'The answer must be true or false, or {{"approved": true, "remark": "..."}}, not {shown(answer)}.'
    )
