"""What runs cost: the options of `weft run` that bound it, the estimate before one, and the list of prices."""

import json
import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from weft.cli import terminal
from weft.cli.options import AsJson, Folder

if TYPE_CHECKING:
    from weft.engine.budget import Budget
    from weft.model import Flow
    from weft.workspace import Workspace

UNITS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600}

MaxCost = Annotated[
    float | None,
    typer.Option(
        "--max-cost",
        metavar="DOLLARS",
        show_default=False,
        help="Ask no model any more once this is spent; the run then fails with 'budget-exceeded'.",
    ),
]
MaxTokens = Annotated[
    int | None,
    typer.Option(
        "--max-tokens", metavar="N", show_default=False, help="The same for tokens, sent and answered."
    ),
]
MaxTime = Annotated[
    str | None,
    typer.Option(
        "--max-time", metavar="TIME", show_default=False, help="End the run after so long: 90, 90s, 5m, 1h."
    ),
]
Estimate = Annotated[
    bool, typer.Option("--estimate", help="Say what a run would cost, about, and ask no model.")
]


def budget(max_cost: float | None, max_tokens: int | None, max_time: str | None) -> "Budget | None":
    """The budget that the options mean; None without any."""
    from weft.engine.budget import Budget

    return Budget(max_cost, max_tokens, seconds(max_time) if max_time is not None else None) or None


def seconds(text: str) -> float:
    """A time as a person types it, in seconds."""
    from weft.model.errors import WeftError

    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(s|min|m|h)?\s*", text)
    if found is None:
        raise WeftError(f"{text!r} is no time.", code="bad-budget", hint="Write seconds, or 90s, 5m, 1h.")
    return float(found[1]) * UNITS[found[2] or ""]


def show_estimate(
    workspace: "Workspace",
    flow: "Flow",
    inputs: dict[str, Any],
    *,
    slug: str,
    model: str | None,
    as_json: bool,
) -> None:
    """Print what a run would cost. No model is asked."""
    import asyncio

    from weft.workspace.foreseeing.estimate import estimate

    async def estimated() -> Any:
        try:
            return await estimate(workspace, flow, inputs, slug=slug, model=model)
        finally:
            await workspace.close()

    made = asyncio.run(estimated())
    if as_json:
        terminal.print_line(json.dumps(made.json()))
        return
    rows = [
        [step.path, step.model, f"{step.calls.likely:,.0f}", _spread(step.sent), _spread(step.answered), _price(step.cost), step.how]
        for step in made.steps
    ]  # fmt: skip
    if rows:
        head = ["step", "model", "calls", "tokens in", "tokens out", "cost", "how"]
        for line in terminal.table(rows, head=head):
            terminal.print_line(line)
    terminal.out(made.sentence())


def _spread(count: Any) -> str:
    low, likely, high = (f"{value:,.0f}" for value in count)
    return likely if low == high else f"{likely} ({low} to {high})"


def _price(cost: Any) -> str:
    from weft.engine.cost import dollars

    if cost is None:
        return "unknown"
    likely, high = dollars(cost.likely), dollars(cost.high)
    return likely if likely == high else f"{likely} (to {high})"


def prices(
    model: Annotated[
        str | None,
        typer.Argument(
            metavar="MODEL", show_default=False, help="Only this model's, as a run would find it."
        ),
    ] = None,
    as_json: AsJson = False,
    folder: Folder = None,
) -> None:
    """List what models cost: dollars for a million tokens.

    The shipped list has the date it was taken on, and prices change. A file prices.toml in the workspace goes before
    it: a table for each model, such as ["openai:gpt-4.1-mini"], with `input`, `output` and perhaps `cached_input`.
    """
    from weft.workspace import Workspace
    from weft.workspace.foreseeing.budgets import price_of

    workspace = Workspace.open(folder)
    rows: list[dict[str, Any]] = []
    if model is not None:
        price = price_of(workspace, model)
        rows = [_row(model, price, "" if price else "unknown")]
    else:
        rows = [_row(*row) for row in workspace.prices.rows()]
    if as_json:
        for row in rows:
            terminal.print_line(json.dumps(row))
        return
    head = ["model", "input", "cached", "output", "from"]
    shown = [
        [row["model"], *("" if row[k] is None else f"{row[k]:g}" for k in head[1:4]), row["from"]]
        for row in rows
    ]
    for line in terminal.table(shown, head=head):
        terminal.print_line(line)


def _row(model: str, price: Any, source: str) -> dict[str, Any]:
    rates = (price.input, price.cached_input, price.output) if price is not None else (None, None, None)
    return {"model": model, "input": rates[0], "cached": rates[1], "output": rates[2], "from": source}
