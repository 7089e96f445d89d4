"""The sheet itself, and what is noted on the way to it."""

from dataclasses import dataclass, field, replace
from typing import Any

from weft.model import Flow

MOST_NAMED = 20
MOST_USES = 500
LONGEST = 200
SECTIONS = ("components", "tools", "hosts", "files", "secrets", "code", "models", "flows")


@dataclass(frozen=True, slots=True)
class Use:
    """One thing that is used: its name, by which nodes (their paths), and what there is to say of it."""

    name: str
    nodes: tuple[str, ...] = ()
    note: str = ""

    def json(self) -> dict[str, Any]:
        return {"name": self.name, "nodes": list(self.nodes), "note": self.note}


@dataclass(frozen=True)
class Sheet:
    """What a flow can do, flows inside it included. `cost` is a sentence, "" where nobody estimated it."""

    name: str
    hash: str
    components: tuple[Use, ...] = ()
    tools: tuple[Use, ...] = ()
    hosts: tuple[Use, ...] = ()
    files: tuple[Use, ...] = ()
    secrets: tuple[Use, ...] = ()
    code: tuple[Use, ...] = ()
    """The name is the code itself."""
    models: tuple[Use, ...] = ()
    flows: tuple[Use, ...] = ()
    """Flows of the workspace that it runs, by slug."""
    cost: str = ""

    @classmethod
    def of(cls, flow: Flow, sections: dict[str, Any]) -> "Sheet":
        return cls(name=flow.name[:LONGEST], hash=flow.hash, **sections)

    def sections(self) -> list[tuple[str, tuple[Use, ...]]]:
        """All of it under headings, in the order in which a person should read; those with nothing in them too."""
        return [
            ("Code", self.code),
            ("Secrets", self.secrets),
            ("Hosts", self.hosts),
            ("Files", self.files),
            ("Tools", self.tools),
            ("Models", self.models),
            ("Flows", self.flows),
            ("Components", self.components),
        ]

    def json(self) -> dict[str, Any]:
        found = {title.lower(): [use.json() for use in uses] for title, uses in self.sections()}
        return {"name": self.name, "hash": self.hash, **found, "cost": self.cost}

    def with_cost(self, sentence: str) -> "Sheet":
        return replace(self, cost=sentence)


@dataclass
class Found:
    """What was found so far, by section."""

    by_section: dict[str, dict[str, tuple[list[str], str]]] = field(
        default_factory=lambda: {section: {} for section in SECTIONS}
    )

    def note(self, section: str, name: str, path: str, note: str = "") -> None:
        key = name if section == "code" else short(name)
        nodes, before = self.by_section[section].setdefault(key, ([], note))
        if len(nodes) <= MOST_NAMED and path not in nodes:
            nodes.append(path)
        if note and note not in before:
            self.by_section[section][key] = nodes, f"{before}, {note}" if before else note

    def uses(self, section: str) -> tuple[Use, ...]:
        entries = self.by_section[section]
        told = [_use(name, nodes, note) for name, (nodes, note) in list(entries.items())[:MOST_USES]]
        if len(entries) > MOST_USES:
            told.append(Use(f"and {len(entries) - MOST_USES:,} more"))
        return tuple(told)


def _use(name: str, nodes: list[str], note: str) -> Use:
    shown = tuple(nodes[:MOST_NAMED]) + (("…",) if len(nodes) > MOST_NAMED else ())
    return Use(name, tuple(short(one) for one in shown), note)


def short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
