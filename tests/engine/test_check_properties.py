"""Whatever a document holds, checking says so calmly, its fixes can be applied, and the plan agrees with it."""

from typing import Any

from hypothesis import given, settings
from tests.model.strategies import flows, odd_flows

from weft.catalog import Catalog, Messages, Template, component
from weft.engine.check import check, ports_of
from weft.engine.plan import _Builder, plan  # pyright: ignore[reportPrivateUsage]
from weft.model import CODES, Flow, FlowHasProblems
from weft.model.edits import apply


@component
async def prompt(text: Template, p: int = 1, q: list[Messages] = []) -> str:  # noqa: B006 - never changed
    """As the real one, small."""
    return text


@component(name="text")
async def texts(p: str, q: Any = None) -> dict[str, Any]:
    """Takes two."""
    return {"p": p, "q": q}


KNOWN = Catalog([prompt, texts])


def errors(flow: Flow) -> list[Any]:
    return [problem for problem in check(flow, KNOWN) if problem.severity == "error"]


@settings(max_examples=100, deadline=None)
@given(odd_flows())
def test_checking_never_raises_and_its_fixes_apply(flow: Flow) -> None:
    for problem in check(flow, KNOWN):
        assert problem.code in CODES
        assert problem.message
        if problem.fix is not None:
            mended, undo = apply(flow, problem.fix)
            assert mended != flow, problem
            assert apply(mended, undo)[0] == flow, problem
    assert set(ports_of(flow, KNOWN)) == set(flow.nodes)


@settings(max_examples=100, deadline=None)
@given(odd_flows() | flows())
def test_the_plan_overlooks_no_error(flow: Flow) -> None:
    found = errors(flow)
    builder = _Builder(flow, KNOWN)
    made = builder.build()
    assert builder.odd or not found, found
    refused: tuple[Any, ...] = ()
    try:
        planned = plan(flow, KNOWN)
    except FlowHasProblems as refusal:
        refused = refusal.problems
    else:
        assert made is not None
        assert len(planned.nodes) == len(flow.nodes)
        assert {problem.node for problem in found} <= builder.unreachable()
    assert all(problem in found for problem in refused)


@settings(max_examples=40, deadline=None)
@given(odd_flows())
def test_applying_fixes_until_none_is_left_ends(flow: Flow) -> None:
    for _ in range(200):
        fixes = [problem.fix for problem in check(flow, KNOWN) if problem.fix is not None]
        if not fixes:
            break
        flow, _ = apply(flow, fixes[0])
    else:
        raise AssertionError(f"still {[problem.code for problem in check(flow, KNOWN)]}")
