"""Port values as a person types them, and back.

`shown` makes the text of a field from the value in the file; `typed` makes the value from the text and raises
`ValueError` with a sentence for the person. An empty text means *not set*: `typed` is not asked.
"""

import json
import math
from collections.abc import Callable
from typing import Any, cast

from weft.catalog.kinds import PortType

EXAMPLES = {
    "json": 'Write JSON, for example {"name": "value"}.',
    "messages": 'Write JSON, for example [{"role": "user", "content": "Hello"}].',
    "list": 'Write a JSON list, for example ["a", "b"].',
}
REFERENCES = {"secret": "$secret", "file": "$file"}


def shown(value: Any, port_type: PortType) -> str:
    """The text of a field that holds `value`; None, the value of nothing set, is an empty text."""
    if value is None:
        return ""
    if isinstance(value, str) and port_type.kind != "json":
        return value
    if isinstance(value, dict) and len(cast("dict[str, Any]", value)) == 1:
        key, inner = next(iter(cast("dict[str, Any]", value).items()))
        if key == REFERENCES.get(port_type.kind):
            return str(inner)
        if key == "$raw":
            value = inner
    if lines := _lines(value, port_type):
        return "\n".join(lines)
    return json.dumps(
        value, ensure_ascii=False, indent=2 if isinstance(value, dict | list) and value else None
    )


def typed(text: str, port_type: PortType) -> Any:
    """The value for the file, wrapped where it stands for something (`$secret`, `$file`, `$raw`)."""
    return _READERS.get(port_type.kind, _text)(text, port_type)


def json_value(text: str, example: str = "") -> Any:
    """The JSON value written in `text`, as strict as the flow file."""
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}" if "\n" in text else f"character {error.pos + 1}"
        raise ValueError(f"Not valid JSON at {place}: {_words(error.msg)}. {example}".strip()) from None
    except RecursionError:
        raise ValueError("This JSON is nested too deeply.") from None
    except ValueError as error:
        if "integer string conversion" not in str(error):
            raise  # one of our own sentences
        raise ValueError("A number in this JSON has thousands of digits.") from None
    return value


def seconds(text: str) -> float | int:
    """A positive number of seconds."""
    value = _number(text, None)
    if value <= 0:
        raise ValueError("Write a number of seconds above 0, for example 30.")
    return value


def count(text: str) -> int:
    """A whole number from 0 on."""
    value = _integer(text, None)
    if value < 0:
        raise ValueError("Write a whole number, 0 or more.")
    return value


def loose(text: str) -> Any:
    """JSON where the text is JSON, else the text itself; half an object or list is neither."""
    try:
        return json_value(text)
    except ValueError:
        if text.lstrip()[:1] in ("{", "["):
            raise
        return text


def loosely(value: Any) -> str:
    """The text that `loose` reads as this value; None is an empty one."""
    if value is None:
        return ""
    if isinstance(value, str):
        try:
            json.loads(value)
        except ValueError:
            return value
    return json.dumps(value, ensure_ascii=False, indent=2 if isinstance(value, dict | list) else None)


def _text(text: str, _: PortType | None) -> str:
    return text


def _number(text: str, _: PortType | None) -> float | int:
    try:
        value = float(text.replace(",", ".") if text.count(",") == 1 else text)
    except ValueError:
        raise ValueError(f"{text!r} is not a number. Write for example 3 or 0.5.") from None
    if not math.isfinite(value):
        raise ValueError("Write a finite number.")
    return int(value) if value.is_integer() and "e" not in text.lower() and "." not in text else value


def _integer(text: str, _: PortType | None) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a whole number. Write for example 3.") from None


def _boolean(text: str, _: PortType) -> bool:
    match text.strip().lower():
        case "true":
            return True
        case "false":
            return False
        case _:
            raise ValueError("Write true or false.")


def _json(text: str, port_type: PortType) -> Any:
    return _raw(json_value(text, EXAMPLES.get(port_type.kind, "")))


def _list(text: str, port_type: PortType) -> Any:
    if text.lstrip().startswith("["):
        return _json(text, port_type)
    if port_type.item is not None and port_type.item.kind in ("text", "any"):
        return text.split("\n")
    raise ValueError(f"This is not a list. {EXAMPLES['list']}")


def _any(text: str, port_type: PortType) -> Any:
    """Text, unless it is written as a JSON object or list."""
    if text.lstrip()[:1] in ("{", "["):
        try:
            return _raw(json_value(text))
        except ValueError:
            return text
    return text


def _reference(text: str, port_type: PortType) -> dict[str, str]:
    name = text.strip()
    if port_type.kind == "secret" and not name.replace("_", "").isalnum():
        raise ValueError(
            "Write the name of a secret, for example OPENAI_KEY. The value stays outside the flow."
        )
    return {REFERENCES[port_type.kind]: name}


def _flow(text: str, port_type: PortType) -> Any:
    if text.lstrip().startswith("{"):
        return json_value(text, "An inline flow is a JSON object.")
    return text.strip()


_READERS: dict[str, Callable[[str, PortType], Any]] = {
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "json": _json,
    "messages": _json,
    "list": _list,
    "any": _any,
    "secret": _reference,
    "file": _reference,
    "flow": _flow,
}


def _lines(value: Any, port_type: PortType) -> list[str]:
    """A list of texts that can be written one a line and read back as it was; else nothing."""
    if port_type.item is None or port_type.item.kind != "text" or not isinstance(value, list):
        return []
    items = cast("list[Any]", value)
    if not all(isinstance(item, str) and "\n" not in item for item in items):
        return []
    return [] if items and str(items[0]).lstrip().startswith("[") else items


def _raw(value: Any) -> Any:
    """An object with a key like `$x` is wrapped, so that it isn't taken for one of ours."""
    odd = isinstance(value, dict) and any(key.startswith("$") for key in cast("dict[str, Any]", value))
    return {"$raw": cast("Any", value)} if odd else cast("Any", value)


def _words(message: str) -> str:
    return message[0].lower() + message[1:]


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON. Write a number, or null.")
