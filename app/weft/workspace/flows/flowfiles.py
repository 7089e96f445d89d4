"""The flows of a folder as files: their slugs, the list of them, reading one."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from weft.model import Flow, loads, nearest
from weft.model.errors import DocumentError, NotFound, WeftError
from weft.model.limits import LIMITS

Origin = Literal["workspace", "stock"]

NOT_READ = ("not-a-file", "unreadable")
"""Codes of files whose text was never seen, so that there is no place in them to name."""

SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


@dataclass(frozen=True, slots=True)
class FlowEntry:
    """One flow of the list; `error` says why its file can't be read as one ("" when it can)."""

    slug: str
    name: str
    description: str
    path: Path
    origin: Origin
    error: str = ""


def is_flow_file(path: Path) -> bool:
    """`name.something.json` (cassettes, tests) is no flow."""
    return path.suffix == ".json" and "." not in path.stem and path.is_file()


def read_flow(path: Path) -> Flow:
    """The flow in the file at `path`; `DocumentError` or `NotFound` say why there is none, naming the file."""
    try:
        flow = loads(read_bytes(path))
    except DocumentError as problem:
        raise in_file(problem, path) from None
    flow._origin = path.resolve()  # pyright: ignore[reportPrivateUsage]
    return flow


def in_file(problem: DocumentError, path: Path) -> DocumentError:
    """The same refusal, its place written as editors and terminals follow it: `flows/essay.json:12:7: ...`."""
    if problem.code in NOT_READ:
        return problem
    place = problem.place
    where = f"{shown(path)}:{place.line}:{place.column}" if place else shown(path)
    said = problem.message.removeprefix(f"{str(place).capitalize()}: ") if place else problem.message
    return DocumentError(
        f"{where}: {said}",
        code=problem.code,
        hint=problem.hint,
        place=place,
        pointer=problem.pointer,
        problems=problem.problems,
    )


def read_bytes(path: Path) -> bytes:
    """The bytes of a flow file, at most one more than a flow may have: a sentence when they can't be had."""
    try:
        with path.open("rb") as file:
            return file.read(LIMITS.size + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(f"There is no file {shown(path)!r}.", code="no-file", hint=_near_file(path)) from None
    except IsADirectoryError:
        raise DocumentError(
            f"{shown(path)!r} is a folder, not a flow file.", code="not-a-file", hint="Name a file in it."
        ) from None
    except OSError as problem:
        raise DocumentError(
            f"{shown(path)!r} can't be read: {problem.strerror or problem}.",
            code="unreadable",
            hint="Check the file's permissions.",
        ) from None


def shown(path: Path) -> str:
    """A path as a person would type it: relative where it is below the current folder."""
    try:
        return str(path.resolve().relative_to(Path.cwd().resolve()))
    except (ValueError, OSError):
        return str(path)


def is_slug(text: str) -> bool:
    return SLUG.fullmatch(text) is not None


def check_slug(text: str) -> str:
    """`text` if it can be a slug, so that no path can be made with it; else a `WeftError` that offers one."""
    if is_slug(text):
        return text
    raise WeftError(
        f"{text[:80]!r} can't be a flow's slug: it takes small letters, digits, '_' and '-', 63 at most.",
        code="bad-slug",
        hint=f"Try {slug_of(text)!r}.",
    )


def slug_of(name: str) -> str:
    """A slug for a flow called `name`: `Write an essay` gives `write_an_essay`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:48].strip("_") or "flow"


def unused(slug: str, taken: set[str]) -> str:
    """`slug`, or the first of `slug_2`, `slug_3`, ... that isn't taken."""
    return next(candidate for candidate in _numbered(slug) if candidate not in taken)


def offer(word: str, known: Iterable[str], *, otherwise: str = "") -> str:
    """A hint: the known name that `word` may have meant, else `otherwise`."""
    near = nearest(word, known)
    return f"Did you mean {near!r}?" if near else otherwise


def _numbered(slug: str) -> Iterator[str]:
    yield slug
    number = 2
    while True:
        yield f"{slug}_{number}"
        number += 1


def _near_file(path: Path) -> str:
    try:
        names = [other.name for other in path.parent.iterdir()]
    except OSError:
        return f"There is no folder {str(path.parent)!r} either."
    return offer(path.name, names, otherwise="Check the path.")
