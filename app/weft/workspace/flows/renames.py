"""Under which slugs a flow ran: its own, and those it had before, each as long as it had it.

Runs keep the slug they began under, for the books are never rewritten. What was renamed stands in `.weft/renames.json`,
one entry for each time: `{"from": "draft", "to": "essay", "at": "2026-05-04T09:30:00.125Z"}`.
"""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple, cast

from weft.runs.record import RunRecord, now
from weft.workspace import atomic
from weft.workspace.flows.flowfiles import is_slug
from weft.workspace.naming import FLOWS

_FILE = "renames.json"
_MOST = 1_000
"""Entries kept, the latest: a flow renamed more often than that loses its oldest names."""

List = Callable[..., Awaitable[list[RunRecord]]]


class Name(NamedTuple):
    """A slug, from when on (None: from the beginning) and until when (None: until now) it was the flow's."""

    slug: str
    since: str | None = None
    until: str | None = None


def note(root: Path, slug: str, to: str) -> None:
    """The flow is called otherwise from now on."""
    path = root / ".weft" / _FILE
    path.parent.mkdir(exist_ok=True)
    entries = [*_read(root), {"from": slug, "to": to, "at": now()}]
    atomic.write(path, json.dumps(entries[-_MOST:], indent=1) + "\n")


def names(root: Path, slug: str) -> list[Name]:
    """All names of the flow that has this slug now, the latest first."""
    found: list[Name] = []
    until: str | None = None
    for entry in reversed(_read(root)):
        if until is not None and entry["at"] >= until:
            continue
        if entry["from"] == slug:  # another flow had this slug, and left it
            found.append(Name(slug, entry["at"], until))
            return found
        if entry["to"] == slug:
            found.append(Name(slug, entry["at"], until))
            slug, until = entry["from"], entry["at"]
    return [*found, Name(slug, None, until)]


async def runs_of(
    listed: List,
    root: Path,
    slug: str,
    *,
    limit: int,
    since: str | None = None,
    until: str | None = None,
    **more: Any,
) -> list[RunRecord]:
    """The flow's runs under all its names, the newest first; `listed` is `RunService.runs`, and `more` what else it is
    asked for. A slug that no flow has now stands for what ran under it."""
    found: list[RunRecord] = []
    there = (root / FLOWS / f"{slug}.json").is_file()
    for name in names(root, slug) if there else [Name(slug)]:
        first = max(filter(None, (since, name.since)), default=None)
        last = min(filter(None, (until, name.until)), default=None)
        found += await listed(flow=name.slug, since=first, until=last, limit=limit, **more)
        if len(found) >= limit:
            break  # what is older has older ids
    return sorted(found, key=lambda record: record.id, reverse=True)[:limit]


def _read(root: Path) -> list[dict[str, str]]:
    """The entries in their order. A file that can't be read tells of no other name."""
    try:
        entries: Any = json.loads((root / ".weft" / _FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return []
    listed = cast("list[Any]", entries) if isinstance(entries, list) else []
    return [cast("dict[str, str]", entry) for entry in listed if _holds(entry)]


def _holds(entry: Any) -> bool:
    if not isinstance(entry, dict):
        return False
    told = cast("dict[Any, Any]", entry)
    return all(isinstance(told.get(key), str) for key in ("from", "to", "at")) and is_slug(told["to"])
