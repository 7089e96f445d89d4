"""`weft test`: the cases beside flows, run with recorded answers."""

import asyncio
import json
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from weft.cli import codes, terminal
from weft.cli.options import FlowNames, Folder
from weft.cli.trusting import Trust, let_run

if TYPE_CHECKING:
    from weft.workspace import Workspace
    from weft.workspace.testing import Checked, Suite


def run_cases(
    flows: FlowNames = None,
    only: Annotated[
        str | None,
        typer.Option(
            "--case",
            "-k",
            metavar="PATTERN",
            show_default=False,
            help="Only cases called so; * stands for anything.",
        ),
    ] = None,
    record: Annotated[
        bool,
        typer.Option(
            "--record", help="Run them really, and put what models and tools answer on the cassettes."
        ),
    ] = False,
    from_run: Annotated[
        str | None,
        typer.Option(
            "--from-run",
            metavar="ID",
            show_default=False,
            help="Make a case of this run, and a cassette of its answers.",
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME", show_default=False, help="What that case is called."),
    ] = None,
    parallel: Annotated[
        int, typer.Option("--parallel", "-p", metavar="N", min=1, max=64, help="Cases at once.")
    ] = 4,
    trust: Trust = False,
    junit: Annotated[
        Path | None,
        typer.Option("--junit", metavar="FILE", show_default=False, help="Write a JUnit report there too."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object for each case, for programs.")
    ] = False,
    folder: Folder = None,
) -> None:
    """Run the cases of flows, flows/NAME.test.json, with the answers on their cassettes: no key and no network.

    Ends with 0 when all passed, 1 when one didn't, 2 when cases or a cassette can't be read.
    """
    from weft.cli.tested import as_junit, told
    from weft.workspace.flows.flowfiles import read_flow
    from weft.workspace.testing.running import plain

    if from_run is not None:
        if only or record or junit or as_json or trust or len(flows or ()) > 1:
            raise typer.BadParameter("--from-run goes with --name and one flow at most")
        _make_case(from_run, name, folder)
        return
    work = _work(flows, folder, only)
    for workspace, path, *_ in work:
        let_run(workspace, read_flow(path), path, {}, model=None, trusted=trust)
    if record:
        asyncio.run(_say_cost(work))
    found: list[Checked] = asyncio.run(
        _run(work, record=record, at_once=parallel, tell=None if as_json else told)
    )
    if as_json:
        for checked in found:
            terminal.out(json.dumps(plain(checked), ensure_ascii=False))
    if junit is not None:
        from weft.workspace import atomic

        atomic.write(junit, as_junit(found))
    failed = sum(not checked.passed for checked in found)
    if not as_json:
        terminal.note(_summary(len(found), failed))
    raise typer.Exit(codes.FAILED if failed else codes.OK)


def _work(
    flows: list[str] | None, folder: str | None, only: str | None
) -> "list[tuple[Workspace, Path, Suite, list[str]]]":
    """Each flow with cases, and the cases of it that are wanted. A flow that is named must have some."""
    from weft.cli.targets import targets
    from weft.model.errors import NotFound
    from weft.workspace.testing import read_suite, suite_path

    found: list[tuple[Workspace, Path, Suite, list[str]]] = []
    for workspace, path in targets(flows, folder):
        if not flows and not suite_path(path).exists():
            continue
        suite = read_suite(suite_path(path))
        if names := [case for case in suite.cases if only is None or fnmatch(case, only)]:
            found.append((workspace, path, suite, names))
    if not found:
        what = f"No case is called {only!r}." if only else "There are no cases here."
        raise NotFound(what, code="no-cases", hint="Make one of a run: weft test FLOW --from-run ID")
    return found


async def _run(
    work: "Sequence[tuple[Workspace, Path, Suite, list[str]]]", *, record: bool, at_once: int, tell: object
) -> "list[Checked]":
    from weft.workspace.testing import check_suite

    found: list[Checked] = []
    for workspace, path, suite, names in work:
        async for checked in check_suite(workspace, path, suite, names=names, record=record, at_once=at_once):
            found.append(checked)
            if callable(tell):
                tell(checked)
        await workspace.close()
    return found


async def _say_cost(work: "Sequence[tuple[Workspace, Path, Suite, list[str]]]") -> None:
    """What recording will cost, on standard error: whoever says --record has said yes to that."""
    from weft.workspace.flows.flowfiles import read_flow
    from weft.workspace.testing.costs import recording_cost

    for workspace, path, suite, names in work:
        cost = await recording_cost(workspace, read_flow(path), path.stem, suite, names)
        await workspace.close()
        if not cost.free:
            terminal.note(f"Recording {path.stem}: {_summary_of(len(names))} cost {cost.sentence()}.")


def _make_case(run_id: str, name: str | None, folder: str | None) -> None:
    from weft.workspace import Workspace
    from weft.workspace.flows.flowfiles import shown
    from weft.workspace.testing.adding import add_case

    workspace = Workspace.open(folder)
    made = asyncio.run(add_case(workspace, run_id, name))
    terminal.note(
        f"Added the case {made.name!r} to {shown(made.suite)}, its answers to {shown(made.cassette)}."
    )
    terminal.note(f"Look at what it expects, then: weft test {made.flow}")


def _summary_of(count: int) -> str:
    return "1 case will" if count == 1 else f"{count} cases will"


def _summary(count: int, failed: int) -> str:
    cases = "1 case" if count == 1 else f"{count} cases"
    return f"{cases}, all passed." if not failed else f"{cases}, {failed} failed."
