"""The kinds of value a port holds, and the names a component annotates them with.

A value on an edge is always plain JSON. Four *live* kinds (`model`, `secret`, `flow`, `tool`) are plain in the document
(`"openai:gpt-5-mini"`, `{"$secret": "KEY"}`, the name of a flow or a component) and made live for one step by a resolver; they never
travel along an edge. *Written* kinds are texts a person types: the names in a `template` and an `expression` become
ports, a `condition` is evaluated by the component itself (`condition.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NoReturn, TypedDict, cast

from weft.model.values import FileRef, SecretRef

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    ChatModel = BaseChatModel
else:

    class ChatModel:
        """Annotates a port that holds "provider:model" in the document and the live chat model in a step."""


Kind = Literal[
    "text", "number", "integer", "boolean", "json", "messages", "file", "any", "list",
    "model", "secret", "flow", "tool", "template", "expression", "condition",
]  # fmt: skip
PLAIN: Final = ("text", "number", "integer", "boolean", "json", "messages", "file", "any")
LIVE: Final = ("model", "secret", "flow", "tool")
WRITTEN: Final = ("template", "expression", "condition")


class Message(TypedDict):
    """One message of a conversation with a model."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Marks:
    """In an `Annotated`, says that the annotation means this kind of port."""

    kind: Kind


Messages = Annotated[list[Message], Marks("messages")]
"""A piece of conversation: messages in order, each with `role` and `content`."""

Template = Annotated[str, Marks("template")]
"""Text with `{{name}}`: each name becomes an input port, and the component receives the finished text."""

Expression = Annotated[Any, Marks("expression")]
"""A condition or formula: each name becomes an input port, and the component receives the value."""


class Secret:
    """A secret by name. Only `reveal()` gives its value; no text form of this object, nor a pickle, holds it."""

    __slots__ = ("_allow", "_value", "name")

    def __init__(self, name: str, value: str, allow: Callable[[str], None] | None = None) -> None:
        self.name = name
        self._value = value
        self._allow = allow

    def reveal(self, to: str | None = None) -> str:
        """The value, for the one call that needs it: never for a log, a message or an output.

        `to` is the address it is sent to. Say it: a secret that belongs to another server then raises `StepFailed`
        (`secret-elsewhere`)."""
        if to is not None and self._allow is not None:
            self._allow(to)
        return self._value

    def __repr__(self) -> str:
        return f"Secret({self.name!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"the secret {self.name!r} can't be copied or stored; use it where you received it")


@dataclass(frozen=True, slots=True)
class PortType:
    """What a port holds. `item` only for `list`; `choices` are the values a `Literal` allows, in its order."""

    kind: Kind
    item: PortType | None = None
    choices: tuple[Any, ...] = ()

    def __str__(self) -> str:
        return f"list[{self.item}]" if self.item else self.kind

    @classmethod
    def parse(cls, text: str) -> PortType:
        """The type a flow's input names: `text`, `list[number]`, … Raises `ValueError` naming what there is."""
        if text.startswith("list[") and text.endswith("]"):
            return _parse_item(text)
        if text in PLAIN:
            return cls(text)
        raise ValueError(
            f"{text!r} is no port type; there are {', '.join(PLAIN)}, and list[...] of one of them"
        )

    @property
    def live(self) -> bool:
        """Made live for each step by a resolver, and never on an edge."""
        return self.kind in LIVE

    def complaint(self, value: Any) -> str:
        """Why a plain value typed in by hand can't stand at a port of this type, as a sentence; "" if it can."""
        return _complaint(self, value)


def _parse_item(text: str) -> PortType:
    inner = text[5:-1]
    if inner not in PLAIN:
        raise ValueError(f"{text!r} is no port type; a list holds one of {', '.join(PLAIN)}")
    return PortType("list", PortType(inner))


_FITS: Final[Mapping[str, tuple[type, ...]]] = {
    "text": (str,),
    "template": (str,),
    "expression": (str, bool, int, float),
    "condition": (str,),
    "model": (str,),
    "flow": (str, dict),
    "tool": (str, dict),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "messages": (list,),
    "list": (list,),
    "file": (str, FileRef),
    "secret": (SecretRef,),
}
_CALLED: Final[Mapping[str, str]] = {
    "text": "text",
    "template": "text",
    "expression": "an expression",
    "condition": "a condition",
    "model": "a model's name",
    "flow": "a flow",
    "tool": "a tool",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "messages": "messages, each with a role and a content",
    "list": "a list",
    "json": "JSON",
    "file": "a file",
    "secret": "a secret",
    "any": "anything",
}


def called(port_type: PortType) -> str:
    """The type as a person says it: "a whole number", "a list of texts"."""
    if port_type.item:
        return "a list" if port_type.item.kind == "any" else f"a list (of {called(port_type.item)})"
    return _CALLED[port_type.kind]


def _complaint(port_type: PortType, value: Any) -> str:
    kind = cast("type[Any]", type(value))
    if port_type.choices:
        known = any(value == choice and kind is type(choice) for choice in port_type.choices)
        return (
            "" if known else f"it must be one of {', '.join(map(str, port_type.choices))}, not {shown(value)}"
        )
    if port_type.kind == "secret" and kind is str:
        return "it must name a secret, never hold its value"
    allowed = _FITS.get(port_type.kind)
    whole = port_type.kind == "integer" and kind is float and value.is_integer()
    if allowed is not None and kind not in allowed and not whole:
        return f"it must be {called(port_type)}, not {shown(value)}"
    if port_type.kind == "messages" and not is_messages(value):
        return f"it must be {called(port_type)}"
    if port_type.item is not None:
        for index, item in enumerate(value):
            if reason := _complaint(port_type.item, item):
                return f"item {index + 1}: {reason}"
    return ""


def is_messages(value: Any) -> bool:
    """A list of `{"role": ..., "content": text}`, and nothing else."""
    return isinstance(value, list) and all(map(_is_message, cast("list[Any]", value)))


def _is_message(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    message = cast("dict[str, Any]", value)
    return message.get("role") in _ROLES and isinstance(message.get("content"), str)


_ROLES: Final = ("system", "user", "assistant")


def shown(value: Any) -> str:
    """A value in a sentence: short, and saying its kind when it is long."""
    text = repr(value)
    if len(text) <= 60:
        return text
    return f"{type(value).__name__} of {len(value)}" if hasattr(value, "__len__") else f"{text[:57]}..."
