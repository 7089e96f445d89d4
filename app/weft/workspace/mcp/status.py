"""How a server stands, in words: what is kept of it, and what it said when it was asked last."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from weft.workspace.mcp.tools import Listed

State = Literal["unasked", "ready", "changed", "failed", "unreadable"]


@dataclass(frozen=True)
class Status:
    """`tools` are those that are kept, `listed` is when they were, in seconds since 1970, `wrong` why it could not be
    asked the last time, or its list can't be read."""

    name: str
    where: str
    state: State
    tools: tuple[Listed, ...] = ()
    listed: float = 0.0
    wrong: str = ""

    @property
    def words(self) -> str:
        """In a sentence."""
        count = f"{len(self.tools):,} tool{'' if len(self.tools) == 1 else 's'}"
        match self.state:
            case "unasked":
                return "It was never asked for its tools."
            case "ready":
                return f"{count}, listed {ago(time.time() - self.listed)}."
            case "changed":
                return (
                    f"{count}, listed {ago(time.time() - self.listed)}; it says that they are others by now."
                )
            case "failed":
                kept = f" {count} listed before are kept." if self.tools else ""
                return f"{self.wrong}{kept}"
            case "unreadable":
                return f"Its kept list can't be read: {self.wrong}."


def ago(seconds: float) -> str:
    """How long ago, roughly."""
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"


def listed_at(path: Path) -> float:
    """When the list was kept; 0 where there is none."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
