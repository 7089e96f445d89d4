"""What an importer is, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from weft.model import Flow
from weft.model.errors import DocumentError
from weft.model.problems import Problem


class Remark(NamedTuple):
    """Something a person should know of an import: what was `changed` so that it fits, what the flow still `needs`, what
    was `lost` because there is no place for it. `node` is an id of the flow."""

    kind: Literal["changed", "needs", "lost"]
    message: str
    node: str | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """A flow made of another program's graph; `read` says in a sentence what was in the file."""

    flow: Flow
    read: str
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class Importer:
    """How the graphs of one program are recognised and read.

    `read` is given what `sniff` recognised and the name for the flow. It raises `DocumentError` with all problems,
    each with its pointer in the foreign document. `shape` shows a person what a file looks like.
    """

    name: str
    title: str
    shape: str
    sniff: Callable[[dict[str, Any]], bool]
    read: Callable[[dict[str, Any], str], Imported]


def refusal(problems: list[Problem]) -> DocumentError:
    """What a reader raises when it found these."""
    first = problems[0]
    return DocumentError(
        first.message, code=first.code, hint=first.hint, pointer=first.pointer, problems=tuple(problems)
    )
