"""`weft runs export`: one run as one JSON file, for a report or to keep."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from weft.cli import terminal
from weft.cli.options import Folder
from weft.cli.runs.finding import ask, find_id, no_run

if TYPE_CHECKING:
    from weft.runs.service import RunService


def export(
    run_id: Annotated[str, typer.Argument(metavar="ID", help="A run's id, or how it begins.")],
    file: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FILE", show_default=False, help="Write it there, not to standard output."
        ),
    ] = None,
    without_values: Annotated[
        bool,
        typer.Option(
            "--without-values", help="Leave out what went in and came out: only names, sizes and times."
        ),
    ] = False,
    folder: Folder = None,
) -> None:
    """Write one run as one JSON object: its record, the revision it ran, and every event, large values included.

    It holds what the run was given and what it gave, as the run's log does; a secret is never in there. For a report
    to others, --without-values says of each text and value only what kind it was and how large.
    """
    from weft.workspace import atomic

    made = ask(folder, lambda service: exported(service, run_id, values=not without_values))
    if made is None:
        raise no_run(run_id)
    text = json.dumps(made, ensure_ascii=False, indent=1)
    if file is None:
        terminal.print_line(text)
        return
    atomic.write(file, text + "\n")
    terminal.note(f"Wrote {file}.")


async def exported(service: "RunService", text: str, *, values: bool) -> dict[str, Any]:
    """Everything that is recorded of the run."""
    import sqlite3

    from weft import __version__
    from weft.cli.runs.shown_run import record_json
    from weft.engine.events import event_json

    run_id = await find_id(service, text)
    record = await service.get(run_id)
    events = [event_json(event, run_id) for event in await service.events(run_id)]
    whole = {
        "run": record_json(record),
        "document": json.loads(record.document),
        "events": events,
    }
    return {"weft": __version__, "sqlite": sqlite3.sqlite_version} | (whole if values else without(whole))


def without(whole: dict[str, Any]) -> dict[str, Any]:
    """The same with texts and values replaced by what kind they are and how large."""
    run = whole["run"]
    return {
        "run": {
            **run,
            "inputs": _sized(run["inputs"]),
            "options": _sized(run["options"]),
            "error": _error(run["error"]),
        },
        "document": _emptied(whole["document"]),
        "events": [
            {
                name: value if name in _KEPT else _OTHERS.get(name, _sized)(value)
                for name, value in event.items()
            }
            for event in whole["events"]
        ],
    }


_KEPT = frozenset(
    [
        "seq",
        "kind",
        "path",
        "at",
        "run",
        "time",
        "flow",
        "hash",
        "component",
        "attempt",
        "attempts",
        "delay",
        "code",
        "usage",
        "cost",
        "unpriced_calls",
        "cached",
        "seconds",
        "from",
        "status",
        "number",
        "how",
        "reason",
        "done",
        "total",
        "saved",
        "pinned",
        "edited",
    ]
)
"""What of an event holds no value. Messages of errors may quote one, and go too."""


def _emptied(document: Any) -> Any:
    """The flow's shape: which nodes there are and how they are wired, without what is typed into them."""
    nodes = {
        name: {
            "component": node.get("component"),
            "inputs": node.get("inputs", {}),
            "params": _sized(node.get("params", {})),
        }
        for name, node in document.get("nodes", {}).items()
    }
    return {"format": document.get("format"), "nodes": nodes}


def _error(error: dict[str, Any] | None) -> Any:
    return error and {**_sized(error), "code": error.get("code"), "node": error.get("node")}


_OTHERS: Mapping[str, Callable[[Any], Any]] = {"error": _error}


def _sized(value: Any, inside: bool = False) -> Any:
    """In place of a value, its kind and size. The names of an object stay, for they are ports; not of those in it."""
    match value:
        case None | bool():
            return value
        case str():
            return f"<text of {len(value):,} characters>"
        case dict() if not inside:
            named = cast("dict[str, Any]", value)
            return {name: _sized(one, True) for name, one in named.items()}
        case dict() | list():
            return f"<{'list' if isinstance(value, list) else 'object'} of {len(cast('list[Any]', value)):,}>"
        case _:
            return "<number>"
