"""The ports of a component's nodes, kept by what they depend on: a thousand prompts of one shape share one `Ports`.

They depend on the names in the texts that are written by hand, and on whatever `ports=` looks at. Which params those
are is noticed while it looks; another node for which they hold the same has the same ports.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from weft.catalog import expression, template
from weft.catalog.kinds import WRITTEN
from weft.catalog.ports import Params, Ports, PortsOf, grow

_MOST: Final = 2000
"""Shapes of one component that are kept."""
_MOST_WAYS: Final = 4
"""Sets of params that `ports=` is known to look at: which it looks at next may depend on what it has seen."""
_PLAIN: Final = (str, int, float, bool, type(None))
_ABSENT: Final = object()


class Shapes:
    """Belongs to one component. Ports that have faults are never kept: their reason may pass."""

    def __init__(self, declared: Ports, ports_of: PortsOf | None, context: str | None) -> None:
        self.fixed: Final = ports_of is None and not any(
            port.type.kind in WRITTEN for port in declared.inputs
        )
        """Whether all nodes have the declared ports."""
        self._declared = declared
        self._ports_of = ports_of
        self._context = context
        self._written = [
            (port.name, port.default, template if port.type.kind == "template" else expression)
            for port in declared.inputs
            if port.type.kind in WRITTEN
        ]
        self._known: dict[tuple[Any, ...], Ports] = {}
        self._ways: list[tuple[str, ...]] = [] if ports_of else [()]

    def ports(self, params: Params) -> Ports:
        """The ports of a node with these params."""
        if self.fixed:
            return self._declared
        holes: list[tuple[tuple[str, bool], ...]] = []
        for name, default, language in self._written:
            text = params.get(name, default)
            if type(text) is str and text:
                asked = language.asked(text)
                if asked is None:
                    return grow(self._declared, self._ports_of, params, self._context)
                holes.append(asked)
            else:
                holes.append(())
        for way in self._ways:
            found = self._known.get((*holes, way, *_seen(params, way)))
            if found is not None:
                return found
        return self._grown(params, holes)

    def _grown(self, params: Params, holes: list[tuple[tuple[str, bool], ...]]) -> Ports:
        if self._ports_of is None:
            made, way = grow(self._declared, None, params, self._context), ()
        else:
            looked = _Looked(params)
            ask = self._ports_of
            made = grow(self._declared, lambda _: ask(looked), params, self._context)
            way = looked.way()
        if way is not None and not made.faults and self._keeps(way, params):
            if len(self._known) >= _MOST:
                self._known.clear()
            made = self._known.setdefault((*holes, way, *_seen(params, way)), made)
        return made

    def _keeps(self, way: tuple[str, ...], params: Params) -> bool:
        if not all(type(params.get(name)) in _PLAIN for name in way):
            return False
        if way not in self._ways:
            if len(self._ways) >= _MOST_WAYS:
                return False
            self._ways.append(way)
        return True


def _seen(params: Params, way: tuple[str, ...]) -> list[Any]:
    """What stands there, so that equal lists mean the same: 1, 1.0 and true are not."""
    found: list[Any] = []
    for name in way:
        value = params.get(name, _ABSENT)
        found += (type(value), value if type(value) in _PLAIN or value is _ABSENT else None)
    return found


class _Looked(Mapping[str, Any]):
    """A node's params, read only, that notices which of them are looked at."""

    def __init__(self, params: Params) -> None:
        self._params = MappingProxyType(dict(params))
        self._names: dict[str, None] = {}
        self._whole = False

    def way(self) -> tuple[str, ...] | None:
        """The params that were looked at, in order; None if it was all of them."""
        return None if self._whole else tuple(self._names)

    def _all(self) -> Mapping[str, Any]:
        self._whole = True
        return self._params

    def __getitem__(self, name: str) -> Any:
        self._names[name] = None
        return self._params[name]

    def get(self, name: str, default: Any = None) -> Any:
        self._names[name] = None
        return self._params.get(name, default)

    def __contains__(self, name: object) -> bool:
        self._names[str(name)] = None
        return name in self._params

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __or__(self, other: Any) -> Any:
        return dict(self._all()) | other

    def __ror__(self, other: Any) -> Any:
        return other | dict(self._all())

    def copy(self) -> dict[str, Any]:
        return dict(self._all())

    def __repr__(self) -> str:
        return repr(self._all())
