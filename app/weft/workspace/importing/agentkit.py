"""Graphs that AgentKit's `generate_graph.py` saves: `{"nodes": {name: prompt}, "edges": {name: [dependencies]}}`.

A node becomes a prompt, its dependencies the prompt's context, in their order: the flow sends the messages that
AgentKit sends for the graph. `$db.a.b$` is read as the nodes with a database read it (`SimpleDBNode`), the text "None"
standing in for what isn't there; `generate_graph.py` itself, which knows no database, would send it as it stands.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, cast

from weft.catalog.template import Hole, escape
from weft.catalog.writing import FREE, write
from weft.model import from_json
from weft.model.limits import LIMITS
from weft.model.nearest import nearest
from weft.model.problems import Problem
from weft.workspace.importing.ids import FreeNames, ids_for
from weft.workspace.importing.imported import Imported, Importer, Remark, refusal

_PLACEHOLDER: Final = re.compile(r"\$db\.(.*?)\$")
_ANY: Final = re.compile(r"(?=\$db\.([^$\n]*)\$)")
_PART: Final = re.compile(r"\w+(?:-\w+)*")
_MOST_PARTS: Final = 31


def sniff(document: dict[str, Any]) -> bool:
    """Whether it may be such a graph."""
    return isinstance(document.get("nodes"), dict) and "edges" in document and "format" not in document


def read(document: dict[str, Any], name: str) -> Imported:
    """The flow of the graph. Raises `DocumentError` with everything that is wrong with it."""
    prompts: dict[str, Any] = document["nodes"]
    problems = list(_wrong(document))
    if not problems:
        problems = list(_cycles(prompts, document["edges"]))
    if problems:
        raise refusal(problems)
    edges: dict[str, list[str]] = document["edges"]
    ids = ids_for(prompts)
    texts = PromptTexts()
    written = {key: texts.template(prompt, ids[key]) for key, prompt in prompts.items()}
    if problems := list(_too_long(written)):
        raise refusal(problems)
    nodes = {
        ids[key]: _node(key, ids, text, list(dict.fromkeys(edges.get(key, ()))))
        for key, text in written.items()
    }
    taken = {dependency for dependencies in edges.values() for dependency in dependencies}
    sinks = [ids[key] for key in prompts if key not in taken]
    flow = from_json({"format": 1, "name": name, "outputs": {sink: sink for sink in sinks}, "nodes": nodes})
    remarks = (*_renamed(ids), *texts.remarks(), *_left_out(document, ids))
    return Imported(flow, _summary(prompts, edges, sinks), tuple(remarks))


AGENTKIT: Final = Importer(
    "agentkit",
    "AgentKit, as generate_graph.py saves it",
    '{"nodes": {name: prompt}, "edges": {name: [dependencies]}}',
    sniff,
    read,
)


def _node(key: str, ids: dict[str, str], prompt: str, dependencies: list[str]) -> dict[str, Any]:
    node: dict[str, Any] = {"component": "prompt", "params": {"prompt": prompt}}
    if key != ids[key]:
        node["title"] = key
    if dependencies:
        node["inputs"] = {"context": [ids[dependency] for dependency in dependencies]}
    return node


def _summary(prompts: dict[str, Any], edges: dict[str, list[str]], sinks: list[str]) -> str:
    count = sum(len(set(dependencies)) for dependencies in edges.values())
    return f"{_many(len(prompts), 'prompt')}, {_many(count, 'edge')}, {_many(len(sinks), 'output')}"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


# --- texts ---------------------------------------------------------------------------------------------------------


class PromptTexts:
    """Prompts as templates, and what had to be done to make them so."""

    def __init__(self) -> None:
        self._parts: dict[str, str] = {}
        self._free = FreeNames({FREE})
        self._paths: dict[str, dict[str, None]] = {}
        self._escaped: list[str] = []
        self._too_deep: list[str] = []

    def template(self, prompt: str, node: str = "") -> str:
        """The template that sends this prompt. `node` is named in the remarks."""
        parts: list[str | Hole] = []
        end = 0
        for start, name in _placeholders(prompt):
            path = name.split(".")
            if len(path) > _MOST_PARTS:
                self._too_deep.append(node)
                continue
            parts += [prompt[end:start], self._hole(path, node)]
            end = start + len(f"$db.{name}$")
        parts.append(prompt[end:])
        if any(isinstance(part, str) and escape(part) != part for part in parts):
            self._escaped.append(node)
        return write(parts)

    def _hole(self, path: list[str], node: str) -> Hole:
        parts = tuple(self._part(part) for part in path)
        self._paths.setdefault(".".join(parts), {})[node] = None
        return Hole(("state", *parts), (("default", "None"),))

    def _part(self, part: str) -> str:
        """The part of a path as a template can write it: spaces and signs become `_`."""
        if part not in self._parts:
            slug = part if _PART.fullmatch(part) else re.sub(r"\W+", "_", part) or "_"
            self._parts[part] = self._free(slug)
        return self._parts[part]

    def remarks(self) -> Iterator[Remark]:
        for node in self._escaped:
            yield Remark(
                "changed", f"In the prompt of {node!r}, {{{{ is written \\{{{{: it is text there.", node
            )
        for part, slug in self._parts.items():
            if part != slug:
                yield Remark("changed", f"The database key {part!r} is {slug!r} in the state.")
        for path, nodes in self._paths.items():
            where = ", ".join(nodes)
            yield Remark("needs", f"state.{path} is read by {where}, and is 'None' until something sets it.")
        for node in self._too_deep:
            yield Remark(
                "lost", f"A placeholder of {node!r} with more than {_MOST_PARTS} parts stays text.", node
            )


def _placeholders(prompt: str) -> Iterator[tuple[int, str]]:
    """Where AgentKit puts values into a prompt: it looks for the placeholders from left to right, then replaces each
    wherever it stands, one after the other. Two that share a sign, `$db.a$db.b$`, can't both be replaced."""
    rank = {name: index for index, name in enumerate(dict.fromkeys(_PLACEHOLDER.findall(prompt)))}
    places = [(found.start(), found[1]) for found in _ANY.finditer(prompt) if found[1] in rank]
    edges: set[int] = set()
    kept: list[tuple[int, str]] = []
    for start, name in sorted(places, key=lambda place: (rank[place[1]], place[0])):
        ends = {start, start + len(f"$db.{name}$") - 1}
        if not ends & edges:
            edges |= ends
            kept.append((start, name))
    yield from sorted(kept)


# --- what is wrong, and what is told -------------------------------------------------------------------------------


def _wrong(document: dict[str, Any]) -> Iterator[Problem]:
    prompts = cast("dict[str, Any]", document["nodes"])
    if len(prompts) > LIMITS.nodes:
        most = f"The graph has more than {LIMITS.nodes:,} nodes, the most a flow may have."
        yield _problem("too-many-nodes", most, ("nodes",), "Split it.")
        return
    for key, prompt in prompts.items():
        if not isinstance(prompt, str):
            yield _problem(
                "bad-value",
                f"The prompt of {key!r} must be text.",
                ("nodes", key),
                "Write it in double quotes.",
            )
    edges: Any = document["edges"]
    if not isinstance(edges, dict):
        shape = 'Write {"name": ["dependency", ...], ...}.'
        yield _problem("bad-value", "`edges` must be an object.", ("edges",), shape)
        return
    for key, dependencies in cast("dict[str, Any]", edges).items():
        if key not in prompts:
            yield _unknown(key, prompts, f"There are edges of {key!r}", ("edges", key))
        elif not isinstance(dependencies, list):
            message = f"The dependencies of {key!r} must be a list of names."
            yield _problem("bad-value", message, ("edges", key), "Write [] for none.")
        else:
            yield from _wrong_dependencies(key, cast("list[Any]", dependencies), prompts)


def _too_long(written: dict[str, str]) -> Iterator[Problem]:
    """Names are measured here too: as titles they are texts of the flow."""
    for key, text in written.items():
        if len(text) > LIMITS.text or len(key) > LIMITS.text:
            what = (
                f"The prompt of {key!r:.80}, written as a template," if len(text) > LIMITS.text else "A name"
            )
            most = f"{what} is longer than {LIMITS.text:,} characters."
            yield _problem("text-too-long", most, ("nodes", key), "Shorten it, or split it.")


def _wrong_dependencies(key: str, dependencies: list[Any], prompts: dict[str, Any]) -> Iterator[Problem]:
    for index, dependency in enumerate(dependencies):
        pointer = ("edges", key, index)
        if not isinstance(dependency, str):
            yield _problem("bad-value", f"A dependency of {key!r} must be a name.", pointer)
        elif dependency not in prompts:
            yield _unknown(dependency, prompts, f"{key!r} depends on {dependency!r}", pointer)


def _unknown(name: str, prompts: dict[str, Any], what: str, pointer: tuple[str | int, ...]) -> Problem:
    near = nearest(name, prompts)
    hint = f"Did you mean {near!r}?" if near is not None else "Add the node, or remove the name."
    return _problem("dangling-ref", f"{what}, and there is no such node.", pointer, hint)


def _cycles(prompts: dict[str, Any], edges: dict[str, list[str]]) -> Iterator[Problem]:
    """One problem for the first cycle: AgentKit would silently evaluate none of its nodes."""
    left = {key: set(edges.get(key, ())) for key in prompts}
    behind: dict[str, list[str]] = {}
    for key, dependencies in left.items():
        for dependency in dependencies:
            behind.setdefault(dependency, []).append(key)
    ready = [key for key, dependencies in left.items() if not dependencies]
    for key in ready:
        del left[key]
        for other in behind.get(key, ()):
            left[other].discard(key)
            if not left[other]:
                ready.append(other)
    if left:
        yield _cycle(left, edges)


def _cycle(left: dict[str, set[str]], edges: dict[str, list[str]]) -> Problem:
    """Every node left waits for another of them: following one's first such dependency leads round."""
    path: dict[str, None] = {}
    key = next(iter(left))
    while key not in path:
        path[key] = None
        key = next(dependency for dependency in edges[key] if dependency in left)
    walked = list(path)
    ring = walked[walked.index(key) :]
    shown = " → ".join(repr(one) for one in (*reversed(ring[-9:]), ring[-1]))
    pointer = ("edges", ring[-1], edges[ring[-1]].index(ring[0]))
    hint = "Remove one of these dependencies: nodes that wait for each other can never start."
    return _problem("cycle", f"Nodes depend on each other in a circle: {shown}.", pointer, hint)


def _problem(code: str, message: str, pointer: tuple[str | int, ...], hint: str = "") -> Problem:
    return Problem(code, message, hint=hint, pointer=pointer)


def _renamed(ids: dict[str, str]) -> Iterator[Remark]:
    for key, node in ids.items():
        if key != node:
            yield Remark("changed", f"{key!r} has the id {node!r}; its title is as it was.", node)


def _left_out(document: dict[str, Any], ids: dict[str, str]) -> Iterator[Remark]:
    for key, dependencies in cast("dict[str, list[str]]", document["edges"]).items():
        twice = next((one for one, times in Counter(dependencies).items() if times > 1), None)
        if twice is not None:
            yield Remark("changed", f"{key!r} names {twice!r} more than once; once is kept.", ids[key])
    for key in document:
        if key not in ("nodes", "edges"):
            yield Remark("lost", f"{key!r} has no place in a flow.")
