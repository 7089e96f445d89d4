"""What a choice says of the steps inside a step: a name with a way, `sub/say`, holds in every flow that `sub` runs.

Outside, `sub` is chosen for it. Inside, `until` ends there, `start` and `only` run that step anew: what it needs is
taken from the cache, and runs where that hasn't got it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weft.engine.choice import Choice


def heads(names: Iterable[str]) -> tuple[str, ...]:
    """The flow's own nodes that these names lead to, or through."""
    return tuple(dict.fromkeys(name.partition("/")[0] for name in names))


def split(choice: Choice) -> tuple[Choice, dict[str, Choice]]:
    """What is chosen of the flow's own nodes, and by node what is chosen inside it."""
    lists = (choice.start, choice.until, choice.only, choice.pins)
    if not any("/" in name for names in lists for name in names):
        return choice, {}
    own = {name: value for name, value in choice.pins.items() if "/" not in name}
    outer = replace(
        choice, start=heads(choice.start), until=heads(choice.until), only=heads(choice.only), pins=own
    )
    through = heads(name for names in lists for name in names if "/" in name)
    found = {node: _inside(choice, node) for node in through if node not in own}
    return outer, {node: inner for node, inner in found.items() if inner}


def _inside(choice: Choice, node: str) -> Choice:
    def below(names: Iterable[str]) -> tuple[str, ...]:
        return tuple(name.removeprefix(f"{node}/") for name in names if name.startswith(f"{node}/"))

    whole = node in (*choice.until, *choice.only)  # chosen with all that is inside it
    only = () if whole else below(choice.only)
    until = () if whole else below(choice.until)
    pins = {name: choice.pins[f"{node}/{name}"] for name in below(choice.pins)}
    return type(choice)(
        start=(*below(choice.start), *only), until=(*until, *only), fresh=choice.fresh, pins=pins
    )
