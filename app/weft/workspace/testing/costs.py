"""What it would cost to run cases really, as recording does: told before it is done."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weft.engine.cost import dollars
from weft.model.flow import Flow
from weft.workspace.foreseeing.estimate import estimate
from weft.workspace.foreseeing.estimated import ZERO, Range
from weft.workspace.testing.cases import Suite
from weft.workspace.testing.judging import judge_flow

if TYPE_CHECKING:
    from weft.workspace.folder import Workspace


@dataclass(frozen=True)
class RecordingCost:
    """In dollars, judging included; `unpriced` are the models whose price isn't known, and that aren't in it."""

    cost: Range
    unpriced: tuple[str, ...]

    @property
    def free(self) -> bool:
        return not self.cost.high and not self.unpriced

    def sentence(self) -> str:
        """As the end of one: "about $0.02, at most $0.05"."""
        said = f"about {dollars(self.cost.likely)}, at most {dollars(self.cost.high)}"
        if self.unpriced:
            said += f", and what {', '.join(self.unpriced)} asks, whose price isn't known"
        return "nothing" if self.free else said


async def recording_cost(
    workspace: "Workspace", flow: Flow, slug: str, suite: Suite, names: Iterable[str]
) -> RecordingCost:
    """Of the cases called so. Nothing is called."""
    total, unpriced = ZERO, dict[str, None]()
    for name in names:
        case = suite.cases[name]
        made = await estimate(workspace, flow, case.inputs, slug=slug, model=case.model)
        total, unpriced = total.plus(made.total("cost")), unpriced | dict.fromkeys(made.unpriced)
        for wanted in case.expect:
            if wanted.judge is not None:
                flow_of, given = judge_flow(wanted), {"statement": wanted.judge}
                made = await estimate(workspace, flow_of, given, model=case.model)
                total, unpriced = total.plus(made.total("cost")), unpriced | dict.fromkeys(made.unpriced)
    return RecordingCost(total, tuple(unpriced))
