"""`weft grid`: a flow over a data set, with several models and variants of a prompt, scored side by side."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from weft.cli import codes, terminal
from weft.cli.options import FlowName, Folder
from weft.cli.trusting import Trust, let_run

if TYPE_CHECKING:
    from weft.model.flow import Flow
    from weft.workspace import Workspace
    from weft.workspace.grid import Cell, Done, Grid, Variant
    from weft.workspace.testing import Expectation


def grid(
    flow: FlowName,
    data: Annotated[
        Path,
        typer.Option(
            "--data", "-d", metavar="FILE", help="The inputs of each run: CSV, or JSON lines (.jsonl)."
        ),
    ],
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            "-m",
            metavar="MODEL",
            show_default=False,
            help="Runs with this model. May be repeated.",
        ),
    ] = None,
    variant: Annotated[
        list[str] | None,
        typer.Option(
            "--variant",
            metavar="NODE.PARAM=TEXT",
            show_default=False,
            help="Runs with another text in a param too; =@FILE reads it from a file. May be repeated.",
        ),
    ] = None,
    expect: Annotated[
        list[str] | None,
        typer.Option(
            "--expect",
            metavar="JSON",
            show_default=False,
            help='What each run must give, as in a case: \'{"output": "essay", "contains": "moon"}\'. May be repeated.',
        ),
    ] = None,
    score: Annotated[
        str | None,
        typer.Option(
            "--score",
            metavar="EXPRESSION",
            show_default=False,
            help="A number, or yes or no, for each run: of its outputs, row.COLUMN of the data, cost, tokens, seconds.",
        ),
    ] = None,
    max_cost: Annotated[
        float | None,
        typer.Option(
            "--max-cost",
            metavar="DOLLARS",
            min=0,
            show_default=False,
            help="Begin no run that may cost more than what is left of this.",
        ),
    ] = None,
    parallel: Annotated[
        int, typer.Option("--parallel", "-p", metavar="N", min=1, max=64, help="Runs at once.")
    ] = 4,
    to: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FILE", show_default=False, help="Write every cell as CSV there too."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask before it costs something.")] = False,
    trust: Trust = False,
    folder: Folder = None,
) -> None:
    """Run a flow over a data set, with each model and each variant, and show how they did.

    What was run is kept in .weft/grid: stopped or repeated, only what is missing is run.

    Ends with 0 when every cell passed, 1 when one didn't or wasn't run.
    """
    from weft.workspace import Workspace
    from weft.workspace.flows.flowfiles import read_flow
    from weft.workspace.grid import AS_IT_IS, Grid, Scoring, Variant, as_csv, read_rows

    workspace = Workspace.of(flow, folder)
    path = workspace.file_of(flow)
    document = read_flow(path)
    let_run(workspace, document, path, {}, model=None, trusted=trust)
    scoring = Scoring(_expectations(expect), (score or "").strip())
    scoring.check(document)
    variants = [Variant(AS_IT_IS, document), *(_variant(text, document) for text in variant or ())]
    variants = list({one.flow.hash: one for one in reversed(variants)}.values())[::-1]
    kept, models = workspace.root / ".weft" / "grid", list(dict.fromkeys(model or [""]))
    made = Grid(path.stem, kept, read_rows(data, document), variants, models, scoring)
    found = asyncio.run(_run(workspace, made, at_once=parallel, max_cost=max_cost, yes=yes))
    for line in _table(made, found):
        terminal.print_line(line)
    if to is not None:
        from weft.workspace import atomic

        atomic.write(to, as_csv(made, found))
    missing = sum(1 for _ in made.cells()) - len(found)
    if missing:
        terminal.note(f"{missing} of the cells weren't run: run it again to go on.")
    raise typer.Exit(codes.FAILED if missing or not all(one.passed for one in found.values()) else codes.OK)


async def _run(
    workspace: "Workspace", made: "Grid", *, at_once: int, max_cost: float | None, yes: bool
) -> "dict[Cell, Done]":
    """The cells that are done, those of before with them."""
    from weft.workspace.grid import costs_of, run_grid

    try:
        cells = list(made.cells())
        found = {cell: done for cell in cells if (done := made.done(cell)) is not None}
        missing = [cell for cell in cells if cell not in found]
        terminal.note(f"{len(cells)} cells, {len(found)} of them kept from before.")
        if not missing:
            return found
        costs = await costs_of(workspace, made, missing)
        if (costs.total.high or costs.unpriced) and not yes:
            said = f"{len(missing)} runs will cost {costs.sentence()}. Go on?"
            if not await asyncio.to_thread(typer.confirm, said, err=True):
                return found
        else:
            terminal.note(f"{len(missing)} runs: {costs.sentence()}.")
        failures: set[str] = set()
        async for cell, done in run_grid(workspace, made, missing, at_once=at_once, max_cost=max_cost):
            found[cell] = done
            if done.complaints and done.complaints[0] not in failures and len(failures) < 10:
                failures.add(done.complaints[0])
                terminal.note(
                    f"row {cell.row + 1}, {_called(cell.variant, cell.model)}: {done.complaints[0]}"
                )
        return {cell: found[cell] for cell in cells if cell in found}
    finally:
        await workspace.close()


def _table(made: "Grid", found: "dict[Cell, Done]") -> list[str]:
    from weft.workspace.grid import columns

    scored = made.scoring.score != ""
    rows: list[list[str]] = []
    for one in columns(made, found):
        if not one.run:
            continue
        cost = f"${one.cost:,.4f}" + (" and unknown" if one.unpriced else "")
        if one.judged:
            cost += f" + ${one.judged:,.4f} judging"
        row = [
            terminal.clean(one.variant[:40]) + (" (best)" if one.best else ""),
            terminal.clean(one.model or "the flow's"),
            f"{one.passed} of {one.run} ({one.passed / one.run:.0%})",
            *([f"{one.score:.3g}" if one.score is not None else "none"] if scored else []),
            cost,
            f"{one.tokens:,}",
            f"{one.seconds:.1f} s",
        ]
        rows.append(row)
    head = ["Variant", "Model", "Passed", *(["Score"] if scored else []), "Cost", "Tokens", "Time each"]
    return terminal.table(rows, head=head)


def _variant(text: str, flow: "Flow") -> "Variant":
    from weft.model.errors import WeftError
    from weft.workspace.grid import Variant

    place, equals, value = text.partition("=")
    node, dot, param = place.partition(".")
    if not equals or not dot:
        raise WeftError(
            f"The variant {text[:60]!r} isn't NODE.PARAM=TEXT.",
            code="bad-input",
            hint="Write it as --variant 'essay.prompt=Write it in one paragraph.'",
        )
    if value.startswith("@"):
        try:
            value = Path(value[1:]).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            raise WeftError(
                f"The file {text[:60]!r} names can't be read: {problem}.", code="bad-input"
            ) from None
    return Variant.of(text if len(text) <= 60 else f"{text[:59]}…", flow, node, param, value)


def _expectations(given: list[str] | None) -> "list[Expectation]":
    from pydantic import ValidationError

    from weft.model.errors import WeftError
    from weft.workspace.testing import Expectation
    from weft.workspace.testing.cases import first_wrong

    found: list[Expectation] = []
    for text in given or ():
        try:
            found.append(Expectation.model_validate(json.loads(text)))
        except ValidationError as problem:
            raise WeftError(
                f"{text[:60]!r} can't be expected: {first_wrong(problem)}.", code="bad-input"
            ) from None
        except ValueError:
            raise WeftError(f"{text[:60]!r} isn't JSON.", code="bad-input") from None
    return found


def _called(variant: str, model: str) -> str:
    return f"{variant}, {model}" if model else variant
