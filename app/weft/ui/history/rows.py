"""A run as a line of the history."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from weft.engine.cost import told
from weft.runs import owner
from weft.runs.reading.comparing import tokens_of
from weft.runs.record import RunRecord

Title = Callable[[str], str]


def row(
    record: RunRecord, revision: tuple[str, bool], title: Title, origin: float | None = None
) -> dict[str, Any]:
    """What the list shows. `origin` is when the run began that this one was forked from."""
    words, same = revision
    began, ended = moment(record.created), moment(record.finished or "")
    return {
        "id": record.id,
        "status": record.status,
        "over": record.over,
        "when": began,
        "seconds": (ended - began) / 1000 if ended and began else None,
        "cost": told(record.cost, record.unpriced_calls),
        "tokens": tokens_of(record.usage),
        "model": record.model or "",
        "how": how(record, title),
        "session": str(record.options.get("session") or ""),
        "by": str(record.options.get("by") or ""),
        "revision": words,
        "same": same,
        "error": str((record.error or {}).get("message", "")),
        "origin": {"id": again, "when": origin} if (again := forked_from(record)) else None,
        "away": not record.over and bool(record.owner) and record.owner != owner.this_process(),
    }


def how(record: RunRecord, title: Title) -> str:
    """Which part of the flow was run, if it wasn't all of it."""
    choice: Mapping[str, Any] = record.options.get("choice") or {}
    edited = [title(str(node)) for node in choice.get("edited", ())]
    parts = [f"edited {', '.join(edited)}"] if edited else []
    for key, word in (("from", "from"), ("until", "until"), ("only", "only")):
        names = [title(str(node)) for node in choice.get(key, ())]
        if names and not (key == "until" and choice.get("again")):
            parts.append(f"{word} {', '.join(names[:3])}{' …' if len(names) > 3 else ''}")
    if choice.get("again") and not parts:
        parts.append("the rest of it")
    if choice.get("fresh"):
        parts.append("all anew")
    return " · ".join(parts)


def forked_from(record: RunRecord) -> str:
    """The run that this one goes on from, "" if none."""
    choice: Mapping[str, Any] = record.options.get("choice") or {}
    return str(choice.get("again") or "")


def moment(written: str) -> float | None:
    """A recorded time in milliseconds since 1970, as a browser counts; None for none."""
    try:
        return datetime.fromisoformat(written).timestamp() * 1000
    except ValueError:
        return None
