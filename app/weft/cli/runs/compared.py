"""`weft runs compare`: two runs side by side."""

import asyncio
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from weft.cli import terminal
from weft.cli.options import AsJson, Folder
from weft.cli.runs.finding import ask, find, no_run
from weft.cli.terminal import clean, styled

if TYPE_CHECKING:
    from weft.runs.reading.comparing import Comparison, Side, StepPair
    from weft.runs.service import RunService

MOST = 2
"""Places of a value that are named in a line; `--json` has the values."""


def compare(
    first: Annotated[str, typer.Argument(metavar="A", help="A run's id, or how it begins.")],
    second: Annotated[str, typer.Argument(metavar="B", help="The other's.")],
    everything: Annotated[bool, typer.Option("--all", help="Also the steps that are alike.")] = False,
    as_json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Compare two runs: what differed first, and each step that differs with its inputs, output, cost and time.

    Steps are aligned by their paths. The runs may be of other revisions, or of other flows.
    """
    from weft.runs.reading.comparing import comparison_json

    made = ask(folder, lambda service: _compared(service, first, second))
    if made is None:
        raise no_run(first)
    if as_json:
        terminal.print_line(json.dumps(comparison_json(made, everything=everything), ensure_ascii=False))
        return
    for line in lines(made, everything):
        terminal.print_line(line)


async def _compared(service: "RunService", first: str, second: str) -> "Comparison":
    from weft.runs.reading.comparing import compare as comparing

    one, two = await _side(service, first), await _side(service, second)
    return await asyncio.to_thread(comparing, one, two)


async def _side(service: "RunService", run_id: str) -> "Side":
    from weft.model.text import loads
    from weft.runs.reading.comparing import Side

    record, state = await find(service, run_id)
    return Side(record, loads(record.document), state)


def lines(made: "Comparison", everything: bool) -> Iterator[str]:
    """What differed first, the two runs, and the steps."""
    from weft.cli.runs.shown_run import row_of

    head = ["", "id", "flow", "status", "when", "took", "tokens", "cost"]
    rows = [[name, *row_of(side.record)[:7]] for name, side in (("A", made.first), ("B", made.second))]
    yield from terminal.table(rows, head=head)
    same = made.first.record.hash == made.second.record.hash
    yield "Both ran the same revision." if same else "They ran different revisions."
    for name in made.inputs:
        yield from _values(
            f"input {name}", made.first.state.inputs.get(name), made.second.state.inputs.get(name)
        )
    cause = (
        made.cause.sentence
        if made.cause
        else "Nothing differs."
        if not made.differing
        else "Nobody can tell."
    )
    yield f"{styled('First:', 'bold')} {clean(cause)}"
    pairs = made.pairs if everything else made.differing
    if pairs:
        yield ""
        yield from terminal.table([_row(pair) for pair in pairs], head=["step", "differs in", "A", "B"])
    for pair in pairs:
        if "output" in pair.differs and pair.first and pair.second:
            yield ""
            yield styled(clean(pair.path), "bold")
            yield from _values("", pair.first.value or pair.first.text, pair.second.value or pair.second.text)


def _row(pair: "StepPair") -> list[str]:
    words = ", ".join(pair.differs)
    ports = f" ({', '.join(pair.ports)})" if pair.ports else ""
    return [pair.path, words + ports, *(_figures(step) for step in (pair.first, pair.second))]


def _figures(step: Any) -> str:
    from weft.cli.lines import seconds
    from weft.engine.cost import told
    from weft.runs.reading.comparing import tokens_of

    if step is None:
        return "-"
    count = tokens_of(step.usage)
    about = [
        step.status,
        seconds(step.seconds) if step.seconds is not None else "",
        f"{count:,} tokens" if count else "",
        told(step.cost, step.unpriced_calls),
    ]
    return " · ".join(part for part in about if part)


def _values(name: str, before: Any, after: Any) -> Iterator[str]:
    """Where two values differ, a line each."""
    from weft.runs.reading.differing import changes, shown

    found = changes(before, after)
    for change in found[:MOST]:
        place = change.place if not name else f"{name}{change.place and ': '}{change.place}"
        if change.kind != "new":
            yield f"  {styled('-', 'red')} {clean(place)}: {clean(shown(change.before))}"
        if change.kind != "gone":
            yield f"  {styled('+', 'green')} {clean(place)}: {clean(shown(change.after))}"
    if len(found) > MOST:
        yield f"    and {len(found) - MOST:,} more places; --json shows the values"
