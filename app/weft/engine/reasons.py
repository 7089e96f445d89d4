"""Why a step's result has to be made anew: what differs from when it was last made, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from weft.engine.planned import PlanNode, Source


def changes(
    node: PlanNode, before: Mapping[str, str], now: Mapping[str, str], names: Sequence[str]
) -> list[str]:
    """Each ingredient that differs, as the end of a sentence. `names` are those of the nodes by place."""
    found = [
        _change(node, name, before.get(name), now.get(name), names)
        for name in dict.fromkeys((*before, *now))
        if before.get(name) != now.get(name) and not _told_by_items(name, before, now)
    ]
    return list(dict.fromkeys(found))


def _told_by_items(name: str, before: Mapping[str, str], now: Mapping[str, str]) -> bool:
    """Whether a list differs in items that are there in both, which say so themselves."""
    kind, _, port = name.partition(":")
    counts = [sum(part.startswith(f"item:{port}:") for part in parts) for parts in (before, now)]
    return (kind == "port" and counts[0] == counts[1] > 0) or (
        kind == "item" and not (name in before and name in now)
    )


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
        case "item":
            port, _, index = rest.rpartition(":")
            sources = [source for source in node.sources() if source.port == port]
            return _gives(sources[int(index)], names)
        case _:
            return _port(node, rest, before, now, names)


def _port(node: PlanNode, port: str, before: str | None, now: str | None, names: Sequence[str]) -> str:
    sources = [source for source in node.sources() if source.port == port]
    if not sources or not before or not now:
        what = "changed" if before and now else "was added" if now else "was removed"
        return f"{node.id}.{port} {what}"
    if len(sources) > 1:
        return f"other values come to {node.id}.{port}"
    return _gives(sources[0], names)


def _gives(source: Source, names: Sequence[str]) -> str:
    return (
        f"input {source.output} differs" if source.place < 0 else f"{names[source.place]} gives another value"
    )
