"""Reading a function's signature into ports. What can't be one is refused with a sentence that names it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast, get_type_hints

from weft.catalog.annotations import read
from weft.catalog.context import Context
from weft.catalog.ports import RESERVED, Port, port
from weft.catalog.returns import Returns, read_returns
from weft.model.errors import WeftError
from weft.model.plain import to_plain

UI_KEYS: Final = ("color", "icon", "category", "title")


@dataclass(frozen=True, slots=True)
class Signature:
    """A function as a component sees it. `context` is the parameter that takes the `Context`, if one does."""

    inputs: tuple[Port, ...]
    returns: Returns
    help: str
    context: str | None
    takes_extra: bool
    is_async: bool


def read_signature(function: Callable[..., Any], ui: Mapping[str, Any], *, by_name: bool) -> Signature:
    """Raises `WeftError` `bad-component` naming the function and the parameter."""
    if not inspect.isfunction(function):
        raise _refuse(f"{function!r} is no function", "Put @component above a function.")
    name = function.__name__
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise _refuse(f"{name!r} yields", "Return the whole, and show pieces with ctx.emit(text).")
    hints = _hints(function)
    reader = _Reader(name, hints, ui)
    for parameter in inspect.signature(function).parameters.values():
        reader.take(parameter)
    for key, value in ui.items():
        of_component = key in UI_KEYS and isinstance(value, str)
        if not of_component and not (key in reader.inputs and isinstance(value, Mapping)):
            raise _refuse(
                f"the ui of {name!r} names {key!r}, which is no parameter",
                f"It takes {', '.join(UI_KEYS)} and the names of parameters.",
            )
    if "return" not in hints:
        raise _refuse(f"{name!r} has no return annotation", f"Write what it gives: def {name}(...) -> str.")
    try:
        returns = read_returns(hints["return"], by_name=by_name)
    except (TypeError, NameError) as error:
        raise _refuse(f"what {name!r} returns: {error}") from None
    lines = (inspect.getdoc(function) or "").strip().splitlines()
    return Signature(
        tuple(reader.inputs.values()),
        returns,
        lines[0] if lines else "",
        reader.context,
        reader.takes_extra,
        inspect.iscoroutinefunction(function),
    )


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return get_type_hints(function, include_extras=True)
    except NameError as error:
        raise _refuse(
            f"an annotation of {function.__name__!r} names {error.name!r}, which isn't there when the file is loaded",
            "Import it at the top of the file, not under TYPE_CHECKING.",
        ) from None
    except (TypeError, SyntaxError, AttributeError) as error:
        raise _refuse(f"an annotation of {function.__name__!r} can't be read: {error}") from None


class _Reader:
    def __init__(self, function: str, hints: Mapping[str, Any], ui: Mapping[str, Any]) -> None:
        self.function = function
        self.hints = hints
        self.ui = ui
        self.inputs: dict[str, Port] = {}
        self.context: str | None = None
        self.takes_extra = False

    def take(self, parameter: inspect.Parameter) -> None:
        name, where = parameter.name, f"the parameter {parameter.name!r} of {self.function!r}"
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            self.takes_extra = True
            return
        if parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.POSITIONAL_ONLY):
            raise _refuse(
                f"{where} can't be given by name", "Ports are given by name: write a plain parameter."
            )
        if name not in self.hints:
            raise _refuse(f"{where} has no type", f"Write {name}: str, or whatever it takes.")
        if self.hints[name] is Context:
            self.context = name
            return
        if name in RESERVED or name.startswith("_"):
            raise _refuse(f"{where} has a name that is kept for Weft", "Rename it.")
        self.inputs[name] = self.port(parameter, where)

    def port(self, parameter: inspect.Parameter, where: str) -> Port:
        try:
            reading = read(self.hints[parameter.name])
        except TypeError as error:
            raise _refuse(f"{where}: {error}") from None
        required = parameter.default is inspect.Parameter.empty
        default = None if required else self.default(parameter.default, where)
        made = port(parameter.name, reading.type, required=required, default=default, help=reading.help)
        hints = self.ui.get(parameter.name)
        asked: Mapping[str, Any] = cast("Mapping[str, Any]", hints) if isinstance(hints, Mapping) else {}
        multiline = asked.get("multiline", made.multiline)
        return Port(
            made.name,
            made.type,
            made.required,
            made.default,
            made.many,
            made.help,
            made.choices,
            bool(multiline),
        )

    def default(self, value: Any, where: str) -> Any:
        try:
            return to_plain(value)
        except WeftError as error:
            raise _refuse(
                f"the default of {where} is no plain JSON: {error.message}", "Use None instead."
            ) from None


def _refuse(message: str, hint: str = "") -> WeftError:
    end = "" if message.endswith(".") else "."
    return WeftError(
        message[:1].upper() + message[1:] + end, code="bad-component", hint=hint, retryable=False
    )
