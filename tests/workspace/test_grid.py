"""A grid without a command line: how cells are scored, kept, found again, and what they may spend together."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.fakes.openai_server import FakeOpenAI, Request

from weft.model import WeftError, from_json
from weft.workspace import Workspace
from weft.workspace.foreseeing.estimated import Range
from weft.workspace.grid import AS_IT_IS, Cell, Done, Grid, Scoring, Variant, columns, costs_of, run_grid
from weft.workspace.grid.cells import Outcome
from weft.workspace.grid.costs import Purse
from weft.workspace.grid.data import Row, rows_of_text
from weft.workspace.testing import Expectation

SAY: dict[str, Any] = {
    "format": 1,
    "inputs": {"it": {}},
    "outputs": {"out": "ask"},
    "nodes": {
        "ask": {
            "component": "prompt",
            "params": {"prompt": "Say {{it}}", "system": ""},
            "inputs": {"it": "inputs.it"},
        }
    },
}
MODEL = "openai:gpt-x"
ROWS = (Row({"it": "tea"}, {"expected": "Tea"}), Row({"it": "oil"}, {"expected": "oil"}))
NAMED = "contains(lower(out), lower(row.expected))"


@pytest_asyncio.fixture
async def work(home: Workspace, fake_openai: FakeOpenAI) -> AsyncIterator[Workspace]:
    fake_openai.default = answered
    (home.root / "prices.toml").write_text(f'["{MODEL}"]\ninput = 100.0\noutput = 100.0\n')
    workspace = Workspace(home.root, env=fake_openai.env)
    yield workspace
    await workspace.close()


def answered(request: Request) -> str:
    asked = str(request.messages[-1]["content"])
    if "Statement:" in asked:
        return '{"holds": true, "why": "It is."}'
    return "A cup of tea." if "tea" in asked else "No."


@pytest.fixture
def grid(work: Workspace) -> Callable[..., Grid]:
    def make(scoring: Scoring, document: Any = SAY) -> Grid:
        variants = [Variant(AS_IT_IS, from_json(document))]
        return Grid("say", work.root / ".weft" / "grid", ROWS, variants, [MODEL], scoring)

    return make


async def run(work: Workspace, grid: Grid, **more: Any) -> dict[str, Done]:
    cells = [cell for cell in grid.cells() if grid.done(cell) is None]
    return {
        str(grid.rows[cell.row].inputs["it"]): done
        async for cell, done in run_grid(work, grid, cells, **more)
    }


async def test_a_cell_is_a_run_in_the_books_that_is_scored_anew_without_being_run_again(
    work: Workspace, grid: Callable[..., Grid]
) -> None:
    made = grid(Scoring(score=NAMED))
    found = await run(work, made)
    assert {name: (one.score, one.passed) for name, one in found.items()} == {
        "tea": (1.0, True),
        "oil": (0.0, False),
    }
    runs = await work.runs().runs()
    assert {record.flow for record in runs} == {"say/grid"}
    assert {one.run for one in found.values()} == {record.id for record in runs}

    longer = grid(Scoring(score="len(out) / 2 + row.expected")).scoring
    assert longer.of({"expected": 1}, {}, {"out": "abcd"}) == (3.0, "")
    other = grid(Scoring([Expectation(output="out", contains="cup")], "len(out)"))
    again = await run(work, other)
    assert {name: (one.score, one.passed, one.cost) for name, one in again.items()} == {
        "tea": (13.0, True, found["tea"].cost),
        "oil": (3.0, False, found["oil"].cost),
    }
    assert len(await work.runs().runs()) == 2
    assert [one.passed for cell in other.cells() if (one := other.done(cell))] == [True, False]


async def test_judging_is_estimated_and_counted(work: Workspace, grid: Callable[..., Grid]) -> None:
    plain, judging = (
        grid(Scoring()),
        grid(Scoring([Expectation(output="out", judge="It is kind.", model=MODEL)])),
    )
    cells = list(judging.cells())
    without, with_it = await costs_of(work, plain, cells), await costs_of(work, judging, cells)
    assert with_it.total.likely > without.total.likely > 0
    found = await run(work, judging)
    assert all(one.passed and one.judged and one.cost for one in found.values())
    assert columns(judging, dict(zip(cells, found.values(), strict=True)))[0].judged > 0
    left = await costs_of(work, grid(Scoring([Expectation(output="out", judge="It is kind")])), cells)
    assert left.total.likely < with_it.total.likely  # the runs are kept: only their judging is paid
    assert left.of(cells[0]) == left.judging


async def test_a_run_begun_before_is_gone_on_with_and_not_paid_again(
    work: Workspace, grid: Callable[..., Grid]
) -> None:
    made = grid(Scoring())
    first, second = made.cells()
    service = work.runs()
    run_id = await service.start(made.variants[0].flow, {"it": "tea"}, slug=made.book, model=made.models[0])
    made.keep(first, Outcome(run_id))
    made.keep(second, Outcome("nobody-knows"))
    found = await run(work, made)
    assert found["tea"].run == run_id
    assert found["oil"].passed
    assert len(await service.runs()) == 2
    (made.folder / f"{first.key}.json").write_text('{"run": 3}')
    assert made.done(first) is None


async def test_what_runs_at_once_spends_no_more_than_may_be_spent(
    work: Workspace, grid: Callable[..., Grid]
) -> None:
    made = grid(Scoring())
    cost = (await costs_of(work, made, list(made.cells()))).total
    assert await run(work, made, max_cost=cost.likely / 10) == {}
    found = await run(work, made, max_cost=cost.high * 0.7)
    assert len(found) == 2  # the second once the first has left enough
    with pytest.raises(WeftError, match="is unknown, so a limit"):
        await run(work, Grid("say", made.folder, ROWS, made.variants, ["openai:none"]), max_cost=1.0)


def test_shares_are_never_more_than_the_purse() -> None:
    cells = [Cell(row, "", "", str(row)) for row in range(4)]
    purse = Purse(1.0, at_once=2)
    assert [purse.share(cell, Range(0.1, 0.2, 0.4)) for cell in cells] == [True, True, False, False]
    assert sum(purse.shares.values()) <= 1.0
    purse.settle(cells[0], 0.1)
    purse.settle(cells[1], 0.7)
    assert purse.share(cells[2], Range(0.1, 0.2, 0.4))  # nothing else goes on: with all that is left
    assert purse.of(cells[2]) == pytest.approx(0.2)
    assert not purse.share(cells[3], Range(0.1, 0.2, 0.4))


async def test_a_run_that_asks_a_person_is_stopped(work: Workspace, grid: Callable[..., Grid]) -> None:
    ask = {"component": "ask", "params": {"question": "Go on?"}}
    made = grid(Scoring(), {**SAY, "nodes": {"ask": ask}})
    found = await run(work, made)
    assert [one.complaints for one in found.values()] == [("step 'ask' asks a person: \"Go on?\"",)] * 2
    assert {record.status for record in await work.runs().runs()} == {"cancelled"}
    assert not list(made.folder.glob("*.json"))


@pytest.mark.parametrize(
    ("score", "said"),
    [
        ("len(", "can't be worked out"),
        ("len(outt)", "did you mean 'out'"),
        ("len(out) >", "can't be worked out"),
    ],
)
def test_a_score_that_cannot_be_read_says_where(score: str, said: str) -> None:
    with pytest.raises(WeftError, match=said) as caught:
        Scoring(score=score).check(from_json(SAY))
    assert caught.value.code == "bad-expression"
    assert ".." not in caught.value.message


def test_an_output_that_the_flow_does_not_have_is_refused_before_anything_is_paid() -> None:
    with pytest.raises(WeftError, match="the output 'answer', and the flow has none") as caught:
        Scoring([Expectation(output="out", contains="a"), Expectation(output="answer", contains="a")]).check(
            from_json(SAY)
        )
    assert caught.value.code == "no-output"
    assert "out" in caught.value.hint
    Scoring([Expectation(output="out", contains="a"), Expectation(step="ask.text", contains="a")]).check(
        from_json(SAY)
    )


def test_a_score_that_a_run_does_not_give_is_a_complaint() -> None:
    assert "no number" in Scoring(score="out").of({}, {}, {"out": "x"})[1]
    assert "can't be scored" in Scoring(score="row.nothing + 1").of({}, {}, {"out": "x"})[1]


def test_pasted_rows_are_told_by_how_they_begin() -> None:
    flow = from_json(SAY)
    rows = [Row({"it": "tea"}, {"n": "1"})]
    assert rows_of_text("it,n\ntea,1\n", flow) == rows_of_text("it\tn\ntea\t1\n", flow) == rows
    assert (
        rows_of_text('[{"it": "tea", "n": "1"}]', flow)
        == rows_of_text('{"it": "tea", "n": "1"}\n', flow)
        == rows
    )
    with pytest.raises(WeftError, match="What was pasted has no JSON object as item 2"):
        rows_of_text('[{"it": "tea"}, 3]', flow)
    with pytest.raises(WeftError, match=r"isn't CSV in line 3 \(a quote is never closed"):
        rows_of_text('it\ntea\n"milk\n', flow)
    with pytest.raises(WeftError, match="has more cells than names in line 3"):
        rows_of_text("it,n\ntea,1,\ntea, milk,1\n", flow)


def test_the_best_is_marked_once_all_is_there(tmp_path: Path) -> None:
    flow = from_json(SAY)
    made = Grid("say", tmp_path, ROWS, [Variant(AS_IT_IS, flow)], ["a", "b", "c"])
    cells = list(made.cells())
    cost = {"a": 0.3, "b": 0.1, "c": 0.0}
    found = {cell: Done({}, (), 1.0, 1, cost[cell.model], score=cell.model != "c") for cell in cells}
    assert [one.best for one in columns(made, found)] == [False, True, False]
    found.pop(cells[-1])
    assert not any(one.best for one in columns(made, found))
