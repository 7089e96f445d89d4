"""What an open document tells those who listen to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from weft.catalog import Ports
from weft.model.changes import Transaction
from weft.model.errors import WeftError
from weft.model.problems import Problem

Kind = Literal["edit", "undo", "redo", "file"]


@dataclass(frozen=True, slots=True)
class Applied:
    """A transaction that made revision `rev`. `inverse` takes it back; `ports` and `problems` are those of `rev`.

    `of` is the revision that an undo took back, or a redo brought back."""

    rev: int
    tx: Transaction
    inverse: Transaction
    ports: Mapping[str, Ports]
    problems: tuple[Problem, ...]
    person: str
    kind: Kind = "edit"
    of: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """Every revision up to `rev` is in the journal, and will be there whatever happens to this process.

    With `trouble`, those after it aren't, or the file isn't as new, for the reason it says; it is tried again."""

    rev: int
    trouble: WeftError | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """Revision `rev` is on the disk, in the file with this digest."""

    rev: int
    digest: str


@dataclass(frozen=True, slots=True)
class ExternalChange:
    """The file isn't what was last read or saved: `reload`, or `save` over it. `digest` is "" when it is gone.

    `broken`: what is there is no flow. `message` says it to the person, with the place in the file, or with what was
    changed both here and there (`overlaps`)."""

    digest: str
    kind: Literal["changed", "broken", "gone"] = "changed"
    message: str = ""
    overlaps: tuple[str, ...] = ()


Event = Applied | Kept | Saved | ExternalChange
Listener = Callable[[Event], None]
