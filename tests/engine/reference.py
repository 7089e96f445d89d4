"""What a flow of test components must come to, worked out node by node by recursion: the scheduler's measure."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class End:
    """How a node ended: `kind` is finished, failed or skipped; `values` by port if it finished."""

    kind: str
    values: Json = field(default_factory=dict)
    poisoned: bool = False


def evaluate(nodes: dict[str, Json]) -> dict[str, End]:  # noqa: C901 - all the rules in one place
    """The end of every node of a random flow (see `random_flows`)."""

    @cache
    def end(name: str) -> End:
        node = nodes[name]
        options = node["options"]
        if options.get("disabled"):
            return End("skipped")
        singles = {port: ref for port, ref in node["inputs"].items() if isinstance(ref, str)}
        lists = {port: refs for port, refs in node["inputs"].items() if isinstance(refs, list)}
        sources = [*singles.values(), *(ref for refs in lists.values() for ref in refs)]
        if any(end(source(ref)).poisoned for ref in sources):
            return End("skipped", poisoned=True)
        values: Json = dict(node["params"])
        for port, ref in singles.items():
            found = value(ref)
            if found is None and port in REQUIRED[node["component"]]:
                return End("skipped")
            if found is not None:
                values[port] = found
        for port, refs in lists.items():
            items = [found for ref in refs if (found := value(ref)) is not None]
            if not items and port in REQUIRED[node["component"]]:
                return End("skipped")
            if items:
                values[port] = items
        if "when" in options and values.get("text", "") == "no":
            return End("skipped")
        return called(node, values)

    def source(ref: str) -> str:
        return ref.partition(".")[0]

    def value(ref: str) -> Any:
        name, _, port = ref.partition(".")
        found = end(name)
        return (
            found.values.get(port or MAIN.get(nodes[name]["component"], "output"))
            if found.kind == "finished"
            else None
        )

    return {name: end(name) for name in nodes}


REQUIRED = {"say": (), "need": ("text",), "join": ("items",), "maybe": (), "fail": (), "branch": ("go",)}
MAIN = {"branch": "yes"}


def called(node: Json, values: Json) -> End:
    """What the component makes of its values."""
    match node["component"]:
        case "fail":
            on_error = node["options"].get("on_error", "fail")
            if on_error == "skip":
                return End("skipped")
            if on_error == "continue":
                return End("finished", {"output": node["options"]["default"]})
            return End("failed", poisoned=True)
        case "branch":
            return End("finished", {"yes" if values["go"] else "no": values.get("text", "on")})
        case "join":
            return End("finished", {"output": "+".join(values["items"])})
        case "maybe":
            return End(
                "finished", {"output": "+".join(values.get("items", [])) or values.get("text", "nothing")}
            )
        case _:
            return End("finished", {"output": values.get("text", "")})
