"""Is the cache of results well. Nothing in it is the only copy of anything: where it isn't, it is made anew."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from weft.model.errors import WeftError
from weft.runs.earlier.step_cache import FILE, VERSION, damaged_entries, remove_file
from weft.workspace import lock
from weft.workspace.flows.flowfiles import shown
from weft.workspace.health.finding import Finding, count, opened


def cache(folder: Path) -> Iterator[Finding]:
    """`folder` is the workspace's `.weft`."""
    path = folder / FILE
    if not path.exists():
        return
    try:
        with closing(opened(path)) as db:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            problems = [row[0] for row in db.execute("PRAGMA integrity_check(5)")]
            if problems != ["ok"]:
                raise sqlite3.DatabaseError(problems[0])
            bad = damaged_entries(db) if version == VERSION else 0
    except sqlite3.Error as problem:
        yield _anew(folder, path, f"{shown(path)!r} is damaged: {str(problem).splitlines()[0][:200]}.")
        return
    if bad:
        yield _anew(folder, path, f"{count(bad, 'result')} in {shown(path)!r} not as they were written.")
    else:
        yield Finding("cache", "ok", f"{shown(path)!r} is whole, and every result in it.")


def _anew(folder: Path, path: Path, message: str) -> Finding:
    def remove() -> str:
        if lock.server_of(folder) is not None:
            raise WeftError(
                "The server uses the cache.", hint="It makes it anew itself when it meets the damage."
            )
        remove_file(path)
        return f"Removed {shown(path)!r}: the next runs make its results anew."

    return Finding(
        "cache", "warning", message, "Nothing is lost with it but time: it can be made anew.", remove
    )
