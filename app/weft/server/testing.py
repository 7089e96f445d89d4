"""`/api/flows/{slug}/tests`: the cases of a flow, looked at, run, and made of runs."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from weft.model.errors import Conflict, NotFound, ReadOnly
from weft.server.state import ServerState, state_of
from weft.server.strict import StrictRoute
from weft.workspace.flows.flowfiles import check_slug, read_flow
from weft.workspace.taping import cassette_path
from weft.workspace.testing import Suite, check_suite
from weft.workspace.testing.adding import add_case, cases_of, plain_case
from weft.workspace.testing.costs import recording_cost
from weft.workspace.testing.running import plain

router = APIRouter(prefix="/api/flows", tags=["tests"], route_class=StrictRoute)


class Wanted(BaseModel):
    """`cases` are names, without them all are run. `record` runs them really, and puts what models and tools answer on
    the flow's cassette; `agreed_cost` is what that may be estimated to cost at most, in dollars."""

    model_config = ConfigDict(extra="forbid")

    cases: list[Annotated[str, Field(max_length=500)]] | None = None
    record: bool = False
    agreed_cost: Annotated[float | None, Field(ge=0)] = None


class FromRun(BaseModel):
    """A case is made of the `run` of that id; without a `name` it is called after it."""

    model_config = ConfigDict(extra="forbid")

    run: Annotated[str, Field(max_length=100)]
    name: Annotated[str | None, Field(max_length=200)] = None


@router.get("/{slug}/tests")
async def cases(slug: str, request: Request) -> dict[str, Any]:
    """The cases of the flow, as their file has them, and whether there are recorded answers to run them with."""
    path = state_of(request).workspace.find(check_slug(slug))
    suite = await asyncio.to_thread(cases_of, path)
    found = {name: plain_case(case) for name, case in suite.cases.items()}
    return {"flow": slug, "recorded": cassette_path(path).exists(), "cases": found}


@router.post("/{slug}/tests")
async def run_cases(slug: str, wanted: Wanted, request: Request) -> dict[str, Any]:
    """Run cases with the answers on the flow's cassette, and say of each whether it passed and what was not as expected.
    The answer comes when all have been run; it is 200 whether they passed or not: look at `passed`. To record what costs
    something is refused (`cost-not-agreed`, 409) until `agreed_cost` is as much as the estimate, which the refusal says."""
    state = state_of(request)
    path = state.workspace.find(check_slug(slug))
    suite = await asyncio.to_thread(cases_of, path)
    names = list(suite.cases) if wanted.cases is None else wanted.cases
    for name in names:
        if name not in suite.cases:
            raise NotFound(f"The flow {slug!r} has no case {name[:60]!r}.", code="no-case")
    if wanted.record:
        _refuse_if_read_only(state)
        await _refuse_cost(state, slug, path, suite, names, wanted.agreed_cost)
    found = [
        one async for one in check_suite(state.workspace, path, suite, names=names, record=wanted.record)
    ]
    order = {name: number for number, name in enumerate(names)}
    results = [plain(one) for one in sorted(found, key=lambda one: order[one.case])]
    return {"flow": slug, "passed": all(one["passed"] for one in results), "cases": results}


@router.post("/{slug}/tests/cases")
async def make_case(slug: str, wanted: FromRun, request: Request) -> dict[str, Any]:
    """Make a case of a run of this flow: its inputs, what came out, and what models and tools answered."""
    state = state_of(request)
    _refuse_if_read_only(state)
    record = await state.runs.get(wanted.run)
    if record.flow != check_slug(slug):
        raise NotFound(f"The flow {slug!r} has no run {wanted.run!r}.", code="unknown-run")
    made = await add_case(state.workspace, wanted.run, wanted.name, service=state.runs)
    return {"flow": made.flow, "case": made.name, "file": made.suite.name, "cassette": made.cassette.name}


async def _refuse_cost(
    state: ServerState, slug: str, path: Path, suite: Suite, names: list[str], agreed: float | None
) -> None:
    """Raises `Conflict` (`cost-not-agreed`) for a recording that costs something nobody has said yes to."""
    flow = await asyncio.to_thread(read_flow, path)
    cost = await recording_cost(state.workspace, flow, slug, suite, names)
    if not cost.free and (agreed is None or agreed < cost.cost.high):
        raise Conflict(
            f"Recording would cost {cost.sentence()}, and nobody has agreed to that.",
            code="cost-not-agreed",
            hint=f'Send it again with "agreed_cost": {cost.cost.high:.6g} or more.',
        )


def _refuse_if_read_only(state: ServerState) -> None:
    if state.workspace.read_only:
        raise ReadOnly("This workspace is open to be looked at only.", hint="Serve it without --read-only.")
