"""What is another in a flow than it was, in a person's terms: nodes that came, went, got another name, were changed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from weft.model.changes import RenameNode, Transaction
from weft.model.edits import apply
from weft.model.errors import ChangeRefused
from weft.model.flow import Flow, Node
from weft.model.parts import Path, alike, have_names, is_layout, names
from weft.model.text import part_json, to_json

_FIRST = ("name", "description", "inputs", "outputs", "state", "defaults", "nodes")
"""The order of the file, whichever of the two has a section."""
_SIMILAR = 0.6
"""How much of a node must have stayed (in words, 0 to 1) for it to be the same one under another name."""
_PAIRS = 2_000
"""How many pairs of nodes are compared at most to find such."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A part of the document, before and after; None where it isn't there. `parts` are the names that lead to it."""

    parts: Path
    before: Any
    after: Any

    @property
    def path(self) -> str:
        """Where it is: `nodes.essay.params.prompt`."""
        return ".".join(self.parts)

    @property
    def node(self) -> str | None:
        """The node of the flow that it belongs to, if it does."""
        return self.parts[1] if self.parts[0] == "nodes" and len(self.parts) > 1 else None

    @property
    def only_layout(self) -> bool:
        """Whether it only says where something lies on the canvas."""
        return is_layout(self.parts)

    def __str__(self) -> str:
        if self.before is None:
            return f"adds {self.path}"
        return f"removes {self.path}" if self.after is None else f"changes {self.path}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two revisions: which nodes got another name (`renamed`, old to new), and what differs besides. The paths are
    those of the new revision; of what is gone, those of the old one."""

    renamed: dict[str, str]
    differences: list[Difference]
    reordered: tuple[str, ...]
    """Of `nodes`, `inputs`, `outputs` those whose order is another, what came and went apart."""

    @property
    def places(self) -> list[Difference]:
        """What lies elsewhere on the canvas, and means the same."""
        return [one for one in self.differences if one.only_layout]

    @property
    def meant(self) -> list[Difference]:
        """What means something else."""
        return [one for one in self.differences if not one.only_layout]

    def __bool__(self) -> bool:
        return bool(self.renamed or self.differences or self.reordered)


def compare(old: Flow, new: Flow) -> Comparison:
    """From `old` to `new`. A node is the same under another name where it does the same, or nearly; what refers to it
    isn't changed by that."""
    renamed = _renamed(old, new)
    if renamed:
        changes = tuple(RenameNode(id=before, to=after) for before, after in renamed.items())
        try:
            old, _ = apply(old, Transaction(changes=changes))
        except ChangeRefused:  # such as a name that only an odd file can have
            renamed = {}
    return Comparison(renamed, differences(old, new), _reordered(old, new))


def differences(old: Flow, new: Flow) -> list[Difference]:
    """What is another in `new`, by the smallest parts with a name; where things lie on the canvas comes last."""
    return list(_different(to_json(old), to_json(new), ()))


def _different(old: Any, new: Any, path: Path) -> Iterator[Difference]:
    if alike(old, new):
        return
    if have_names(path, old, new):
        before, after = names(old), names(new)
        for name in dict.fromkeys([*(() if path else _FIRST), *before, *after]):
            yield from _different(before.get(name), after.get(name), (*path, name))
    else:
        yield Difference(path, old, new)


def _reordered(old: Flow, new: Flow) -> tuple[str, ...]:
    def differ(before: dict[str, Any], after: dict[str, Any]) -> bool:
        return [name for name in before if name in after] != [name for name in after if name in before]

    sections = {
        "inputs": (old.inputs, new.inputs),
        "outputs": (old.outputs, new.outputs),
        "nodes": (old.nodes, new.nodes),
    }
    return tuple(name for name, (before, after) in sections.items() if differ(before, after))


def _renamed(old: Flow, new: Flow) -> dict[str, str]:
    """The nodes that are there under another name: those that are most alike first, each once."""
    gone = {name: node for name, node in old.nodes.items() if name not in new.nodes}
    come = {name: node for name, node in new.nodes.items() if name not in old.nodes}
    pairs = [
        (before, after)
        for before in gone
        for after in come
        if gone[before].component == come[after].component and gone[before].params
    ]
    texts = {name: _text(node) for name, node in {**gone, **come}.items()}
    scored = [
        (_alikeness(texts[before], texts[after], exact=len(pairs) > _PAIRS), before, after)
        for before, after in pairs
    ]
    renamed: dict[str, str] = {}
    for score, before, after in sorted(scored, key=lambda one: -one[0]):
        if score >= _SIMILAR and before not in renamed and after not in renamed.values():
            renamed[before] = after
    return renamed


def _text(node: Node) -> str:
    """What a node does, without what it is wired to: that has other names too."""
    plain = part_json(node)
    return json.dumps([plain.get(part) for part in ("title", "params", "options")], sort_keys=True)


def _alikeness(one: str, other: str, *, exact: bool) -> float:
    if one == other:
        return 1.0
    if exact:
        return 0.0
    matcher = SequenceMatcher(None, one.split(), other.split(), autojunk=False)
    return 0.0 if matcher.quick_ratio() < _SIMILAR else matcher.ratio()
