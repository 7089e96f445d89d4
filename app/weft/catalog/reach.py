"""What a component reaches beyond its step, as it declares it: `@component(reach={...})`.

    @component(reach={"url": "host", "target": {"written": {"action": ["write", "append"]}}, "hosts": ["api.example.org"]})

A parameter's name says what its value is: the address of a `host` that is asked, `code` that is run, a `model` (or a list
of them), a `file`, a file that is `written`, or `nothing`, whatever its name suggests. An object says that it is so only while another parameter has one of these
values. A list is what the component reaches by itself, whatever its params: `hosts`, `files`, `secrets`, `tools`, `models`.

It is read by whoever tells a person what a flow may do before it runs; it allows nothing and forbids nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal, cast, get_args

Kind = Literal["host", "code", "model", "file", "written", "nothing"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
OWN: Final = ("hosts", "files", "secrets", "tools", "models")


@dataclass(frozen=True, slots=True)
class PortReach:
    """What a port's value is; `when` names another port and the values of it for which that is so."""

    kind: Kind
    when: tuple[str, tuple[Any, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    ports: Mapping[str, PortReach] = field(default_factory=lambda: MappingProxyType({}))
    own: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


NOTHING: Final = Reach()


def read_reach(said: Mapping[str, Any], parameters: Collection[str]) -> Reach:
    """Raises `ValueError` with what is wrong."""
    ports: dict[str, PortReach] = {}
    own: dict[str, tuple[str, ...]] = {}
    for name, value in said.items():
        if isinstance(value, list) and name in OWN:
            texts = cast("list[Any]", value)
            if not all(isinstance(text, str) and text for text in texts):
                raise ValueError(f"{name!r} must be a list of texts")
            own[name] = tuple(texts)
        elif name in parameters:
            ports[name] = _of_port(name, value, parameters)
        else:
            raise ValueError(f"{name!r} is no parameter, nor a list called {', '.join(OWN)}")
    return Reach(MappingProxyType(ports), MappingProxyType(own))


def _of_port(name: str, value: Any, parameters: Collection[str]) -> PortReach:
    kind: Any = value
    when: tuple[str, tuple[Any, ...]] | None = None
    match value:
        case {**entries} if len(entries) == 1:
            ((kind, condition),) = entries.items()
            match condition:
                case {**one} if len(one) == 1:
                    ((other, values),) = cast("dict[str, Any]", one).items()
                    if other in parameters and isinstance(values, list):
                        when = other, tuple(cast("list[Any]", values))
                case _:
                    pass
            if when is None:
                raise ValueError(f"{name!r}: write when it is so as {{parameter: [values]}}")
        case _:
            pass
    if kind not in KINDS:
        raise ValueError(f"{name!r} can't be {value!r}: there are {', '.join(KINDS)}")
    return PortReach(kind, when)
