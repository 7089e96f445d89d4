"""What a component gives back: which output ports its return annotation means, and its result by port."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NotRequired, get_origin, get_type_hints, is_typeddict

from weft.catalog.annotations import read
from weft.catalog.kinds import LIVE, WRITTEN
from weft.catalog.ports import Port
from weft.model.errors import StepFailed

MAIN: Final = "output"


@dataclass(frozen=True, slots=True)
class Returns:
    """The output ports, and how a result becomes values by port."""

    ports: tuple[Port, ...]
    split: Callable[[Any], dict[str, Any]]

    def by_port(self, result: Any, component: str) -> dict[str, Any]:
        """The result by port. Raises `StepFailed` `bad-output` if it isn't what the component declared."""
        try:
            return self.split(result)
        except TypeError as error:
            raise StepFailed(
                f"The component {component!r} gave back {error}.",
                code="bad-output",
                hint="Make it return what its annotation says.",
                retryable=False,
            ) from None


def read_returns(annotation: Any, *, by_name: bool) -> Returns:
    """What a return annotation means. `by_name`: a dict holds outputs by name. Raises `TypeError` with a sentence."""
    if annotation is None or annotation is type(None):
        return Returns((), lambda _: {})
    if dataclasses.is_dataclass(annotation) and isinstance(annotation, type):
        return _dataclass(annotation)
    if is_typeddict(annotation):
        return _typed_dict(annotation)
    output = _output(MAIN, annotation)
    if by_name and (get_origin(annotation) or annotation) in (dict, Mapping):
        return Returns((output,), _by_name)
    return Returns((output,), lambda result: {MAIN: result})


def _by_name(result: Any) -> dict[str, Any]:
    if isinstance(result, Mapping):
        return {str(name): value for name, value in result.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    raise TypeError(f"{_a(result)} instead of its outputs by name")


def _dataclass(wanted: type) -> Returns:
    hints = get_type_hints(wanted, include_extras=True)
    names = tuple(field.name for field in dataclasses.fields(wanted))

    def split(result: Any) -> dict[str, Any]:
        if not isinstance(result, wanted):
            raise TypeError(f"{_a(result)} instead of {wanted.__name__}")
        return {name: getattr(result, name) for name in names}

    return Returns(tuple(_output(name, hints[name]) for name in names), split)


def _typed_dict(wanted: Any) -> Returns:
    hints = get_type_hints(wanted, include_extras=True)
    names, required = tuple(hints), frozenset(wanted.__required_keys__)

    def split(result: Any) -> dict[str, Any]:
        if type(result) is not dict:
            raise TypeError(f"{_a(result)} instead of {wanted.__name__}")
        if missing := sorted(required - result.keys()):  # pyright: ignore[reportUnknownMemberType]
            raise TypeError(f"{wanted.__name__} without {', '.join(missing)}")
        if unknown := [key for key in result if key not in hints]:  # pyright: ignore[reportUnknownVariableType]
            raise TypeError(f"{wanted.__name__} with {unknown[0]!r}, which it hasn't")
        return {name: result[name] for name in names if name in result}

    return Returns(tuple(_output(name, _bare(hints[name])) for name in names), split)


def _bare(annotation: Any) -> Any:
    return annotation.__args__[0] if get_origin(annotation) is NotRequired else annotation


def _output(name: str, annotation: Any) -> Port:
    reading = read(annotation)
    kind = reading.type.item.kind if reading.type.item else reading.type.kind
    if kind in (*LIVE, *WRITTEN, "file"):
        raise TypeError(
            f"the output {name!r} can't be {kind}; outputs are plain: text, numbers, JSON, messages"
        )
    return Port(name, reading.type, help=reading.help)


def _a(result: Any) -> str:
    return "nothing" if result is None else f"a {type(result).__name__}"
