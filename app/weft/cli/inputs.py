"""From `-i name=value` to the inputs of a flow, read as the types the flow declares."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from weft.catalog import PortType
from weft.model import Flow, FlowInput, WeftError
from weft.workspace.flows.flowfiles import offer

TRUE, FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
MOST_BYTES = 16_000_000


def read_inputs(flow: Flow, given: Sequence[str], *, partial: bool = False) -> dict[str, Any]:
    """The values of `name=value`, `name=@file` (`@-`: standard input; `@@...`: a text that starts with `@`).

    A list may be given as JSON, or one item at a time. Raises `WeftError` for a name the flow doesn't have, a value
    of the wrong type, and an input that must be given and isn't, unless it is `partial`.
    """
    values: dict[str, Any] = {}
    for pair in given:
        name, equals, text = pair.partition("=")
        if not equals:
            raise _bad(
                f"The input {pair!r} has no value.", f"Write it as '-i {name}=value' or '-i {name}=@file'."
            )
        if name not in flow.inputs:
            some = f"Its inputs: {', '.join(flow.inputs)}." if flow.inputs else "It takes none."
            raise _bad(f"The flow has no input {name!r}.", offer(name, flow.inputs, otherwise=some))
        value = read_value(name, flow.inputs[name], _text(name, text))
        if name not in values:
            values[name] = value
        elif isinstance(value, list) and isinstance(values[name], list):
            values[name] = [*values[name], *value]
        else:
            raise _bad(f"The input {name!r} is given twice.", "Give it once.")
    if not partial:
        _refuse_missing(flow, values)
    return values


def read_value(name: str, declared: FlowInput, text: str) -> Any:
    """The text as a value of the input's type, and one of its choices if it has them."""
    try:
        port = PortType.parse(declared.type)
    except ValueError:
        return text  # checking the flow says what is wrong with its type
    value = _list(name, port, text) if port.item else _single(name, port.kind, text)
    if declared.choices and value not in declared.choices:
        choices = ", ".join(_written(choice) for choice in declared.choices)
        hint = offer(
            text, [_written(choice) for choice in declared.choices], otherwise=f"Choose one of: {choices}."
        )
        raise _bad(f"The input {name!r} can't be {_short(text)}.", hint)
    if complaint := port.complaint(value):
        raise _bad(f"The input {name!r}: {complaint}.", "Give a value of that kind.")
    return value


def _list(name: str, port: PortType, text: str) -> list[Any]:
    if text.lstrip().startswith("["):
        return _json(name, text, "a JSON list")
    assert port.item is not None
    return [_single(name, port.item.kind, text)]


def _single(name: str, kind: str, text: str) -> Any:
    reader = _READERS.get(kind)
    return reader(name, text) if reader else text


def _number(name: str, text: str) -> float | int:
    try:
        value = int(text)
    except ValueError:
        try:
            value = float(text)
        except ValueError:
            raise _bad(
                f"The input {name!r} takes a number, not {_short(text)}.", "Write it as 12 or 0.5."
            ) from None
    if value != value or value in (float("inf"), float("-inf")):
        raise _bad(f"The input {name!r} takes a number, not {_short(text)}.", "Write it as 12 or 0.5.")
    return value


def _integer(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise _bad(
            f"The input {name!r} takes a whole number, not {_short(text)}.", "Write it as 12."
        ) from None


def _boolean(name: str, text: str) -> bool:
    word = text.strip().lower()
    if word not in TRUE + FALSE:
        raise _bad(f"The input {name!r} takes true or false, not {_short(text)}.", "Write true or false.")
    return word in TRUE


def _parsed(name: str, text: str) -> Any:
    return _json(name, text, "JSON")


def _messages(name: str, text: str) -> Any:
    """Messages as JSON; any other text is one message of the user's."""
    if text.lstrip().startswith("["):
        return _json(name, text, "a JSON list of messages")
    return [{"role": "user", "content": text}]


def _any(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


_READERS: Mapping[str, Callable[[str, str], Any]] = {
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "json": _parsed,
    "messages": _messages,
    "any": _any,
}


def _json(name: str, text: str, what: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as problem:
        raise _bad(
            f"The input {name!r} takes {what}, and {_short(text)} isn't: {problem}.", "Mind the quotes."
        ) from None


def _refuse_constant(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def _text(name: str, text: str) -> str:
    if text.startswith("@@"):
        return text[1:]
    if not text.startswith("@"):
        return text
    try:
        data = _standard_input() if text == "@-" else _file_bytes(Path(text[1:]).expanduser())
        if len(data) > MOST_BYTES:
            raise _bad(
                f"The file {text[1:]!r} for the input {name!r} is larger than 16 MB.", "Give a smaller one."
            )
        return data.decode("utf-8").replace("\r\n", "\n").removeprefix("\ufeff")
    except OSError as problem:
        reason = problem.strerror or problem
        hint = f"Check the path; for a text that starts with '@' write '-i {name}=@{text}'."
        raise _bad(f"The file {text[1:]!r} for the input {name!r} can't be read: {reason}.", hint) from None
    except UnicodeDecodeError:
        raise _bad(
            f"The file {text[1:]!r} for the input {name!r} isn't UTF-8 text.", "Convert it first."
        ) from None


def _file_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def _standard_input() -> bytes:
    return sys.stdin.buffer.read(MOST_BYTES + 1)


def _refuse_missing(flow: Flow, values: Mapping[str, Any]) -> None:
    missing = [
        name for name, declared in flow.inputs.items() if name not in values and not declared.has_default
    ]
    if missing:
        first = missing[0]
        about = flow.inputs[first].description
        what = f"The input {first!r} must be given{f' ({about})' if about else ''}."
        if len(missing) > 1:
            what = f"The inputs {', '.join(map(repr, missing))} must be given."
        raise _bad(what, "Add " + " ".join(f"-i {name}=..." for name in missing))


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _bad(message: str, hint: str) -> WeftError:
    return WeftError(message, code="bad-input", hint=hint)
