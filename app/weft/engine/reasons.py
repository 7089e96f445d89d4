"""Why a step's result has to be made anew: what differs from when it was last made, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from weft.engine.planned import PlanNode


def changes(
    node: PlanNode, before: Mapping[str, str], now: Mapping[str, str], names: Sequence[str]
) -> list[str]:
    """Each ingredient that differs, as the end of a sentence. `names` are those of the nodes by place."""
    return [
        _change(node, name, before.get(name), now.get(name), names)
        for name in dict.fromkeys((*before, *now))
        if before.get(name) != now.get(name)
    ]


def _change(node: PlanNode, name: str, before: str | None, now: str | None, names: Sequence[str]) -> str:
    kind, _, rest = name.partition(":")
    match kind:
        case "component":
            return f"it is {now} instead of {before}"
        case "code":
            return f"component {node.component} was updated"
        case "weft":
            return "Weft was updated"
        case "model":
            return f"{rest} is {now} instead of {before}"
        case "state":
            return f"state.{rest} changed"
        case "file":
            return f"file {rest} changed"
        case _:
            return _port(node, rest, before, now, names)


def _port(node: PlanNode, port: str, before: str | None, now: str | None, names: Sequence[str]) -> str:
    sources = [source for source in node.sources() if source.port == port]
    if not sources or not before or not now:
        what = "changed" if before and now else "was added" if now else "was removed"
        return f"{node.id}.{port} {what}"
    if len(sources) > 1:
        return f"{' or '.join(names[source.place] for source in sources)} gives another value"
    if sources[0].place < 0:
        return f"input {sources[0].output} differs"
    return f"{names[sources[0].place]} gives another value"
