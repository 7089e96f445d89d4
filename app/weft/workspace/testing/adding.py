"""Adding a case to a flow's own, with what was answered in it."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from weft.model.errors import Conflict, NotFound
from weft.workspace.taping import Cassette, cassette_path, read_cassette
from weft.workspace.testing.cases import Suite, read_suite, suite_path
from weft.workspace.testing.from_run import case_of

if TYPE_CHECKING:
    from weft.workspace.folder import Workspace


class Added(NamedTuple):
    """Where a new case is: its flow and name, and the files."""

    flow: str
    name: str
    suite: Path
    cassette: Path


async def add_case(workspace: "Workspace", run_id: str, name: str | None = None) -> Added:
    """Make a case of a run of one of the workspace's flows; without a name it is called after the run's id. Raises
    `Conflict` if there is one of that name."""
    service = workspace.runs()
    try:
        record, case, cassette = await case_of(service, run_id, workspace.catalog)
    finally:
        await workspace.close()
    path = workspace.path_of(record.flow)
    name = name or f"as in run {record.id}"
    suite, known = Suite(), Cassette()
    with suppress(NotFound):
        suite = read_suite(suite_path(path))
    if name in suite.cases:
        raise Conflict(
            f"There is a case {name!r} already.", code="case-exists", hint="Give it another --name."
        )
    with suppress(NotFound):
        known = read_cassette(cassette_path(path))
    known.with_more(cassette).save(cassette_path(path))
    Suite(cases={**suite.cases, name: case}).save(suite_path(path))
    return Added(record.flow, name, suite_path(path), cassette_path(path))
