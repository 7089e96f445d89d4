"""Adding a case to a flow's own, with what was answered in it; changing one, and letting it go."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from weft.model.errors import Conflict, DocumentError, NotFound
from weft.workspace.flows.flowfiles import shown
from weft.workspace.grid.cells import flow_of_book
from weft.workspace.taping import Cassette, cassette_path, read_cassette
from weft.workspace.testing.cases import Case, Suite, first_wrong, read_suite, suite_path
from weft.workspace.testing.from_run import case_of

if TYPE_CHECKING:
    from weft.runs.service import RunService
    from weft.workspace.folder import Workspace

LONGEST_NAME = 200


class Added(NamedTuple):
    """Where a new case is: its flow and name, and the files."""

    flow: str
    name: str
    suite: Path
    cassette: Path


async def add_case(
    workspace: "Workspace", run_id: str, name: str | None = None, *, service: "RunService | None" = None
) -> Added:
    """Make a case of a run of one of the workspace's flows; without a name it is called after the run's id. Raises
    `Conflict` if there is one of that name. Without a `service` the workspace's is used, and closed."""
    try:
        record, case, cassette = await case_of(service or workspace.runs(), run_id, workspace.catalog)
    finally:
        if service is None:
            await workspace.close()
    slug = flow_of_book(record.flow)
    path = workspace.path_of(slug)
    name = called(name or f"as in run {record.id}")
    suite, known = cases_of(path), Cassette()
    if name in suite.cases:
        raise Conflict(
            f"There is a case {name!r} already.", code="case-exists", hint="Give it another --name."
        )
    with suppress(NotFound):
        known = read_cassette(cassette_path(path))
    known.with_case(cassette, name).save(cassette_path(path))
    Suite(cases={**suite.cases, name: case}).save(suite_path(path))
    return Added(slug, name, suite_path(path), cassette_path(path))


def cases_of(path: Path) -> Suite:
    """The cases of the flow in that file, none if it has no file of them."""
    with suppress(NotFound):
        return read_suite(suite_path(path))
    return Suite()


def put_case(path: Path, name: str, plain: Any, was: str = "") -> Case:
    """Write a case of the flow in that file, in place of the one called `was`, if one is. Raises `DocumentError` for
    what is no case, `Conflict` for a name that another has."""
    name, suite = called(name), cases_of(path)
    try:
        case = Case.model_validate(plain)
    except ValidationError as problem:
        raise DocumentError(
            f"The case {name!r} can't be read: {first_wrong(problem)}.", code="bad-cases"
        ) from None
    if name != was and name in suite.cases:
        raise Conflict(f"There is a case {name!r} already.", code="case-exists", hint="Call it otherwise.")
    cases = {name if key == was else key: case if key == was else one for key, one in suite.cases.items()}
    Suite(cases={**cases, name: case}).save(suite_path(path))
    if was and was != name:
        with suppress(NotFound, DocumentError):  # on one that can't be read, the case has nothing of its own
            cassette = read_cassette(cassette_path(path))
            if (renamed := cassette.renamed(was, name)) != cassette:
                renamed.save(cassette_path(path))
    return case


def remove_case(path: Path, name: str) -> Case:
    """Let a case go; what is on the cassette stays. Raises `NotFound` for one that isn't there."""
    suite = cases_of(path)
    if name not in suite.cases:
        raise NotFound(f"{shown(suite_path(path))!r} has no case {name!r}.", code="no-case")
    Suite(cases={key: one for key, one in suite.cases.items() if key != name}).save(suite_path(path))
    return suite.cases[name]


def plain_case(case: Case) -> dict[str, Any]:
    """A case as its file has it."""
    return case.model_dump(exclude_unset=True, by_alias=True)


def called(name: str) -> str:
    """The name of a case, as it can be told on a line. Raises `DocumentError` for one that can't be."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise DocumentError(
            f"A case can't be called {name[:40]!r}: write one line of 1 to {LONGEST_NAME} characters.",
            code="bad-cases",
        )
    return name
