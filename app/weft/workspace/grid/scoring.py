"""How the cells of a grid are scored: by what is expected of them, and by an expression that is a number or a yes."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from weft.catalog import expression
from weft.model.errors import StepFailed, WeftError
from weft.model.flow import Flow
from weft.workspace.testing.cases import Expectation, unfit

FIGURES: Final = ("row", "inputs", "outputs", "cost", "tokens", "seconds")
"""What an expression can name besides the outputs of the flow."""


@dataclass(frozen=True)
class Scoring:
    """`expect` as in a case. `score` is an expression of the flow's outputs by name, of `row` (all columns of the data),
    `inputs`, `outputs`, `cost`, `tokens` and `seconds`: yes counts as 1; no counts as 0, and is not as expected."""

    expect: Sequence[Expectation] = ()
    score: str = ""

    @property
    def key(self) -> str:
        """What is expected, as a name for what came of looking at it. The score isn't in it: it is worked out anew."""
        plain = [one.model_dump(exclude_unset=True, by_alias=True) for one in self.expect]
        text = json.dumps(plain, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16]

    @property
    def of_outputs_alone(self) -> bool:
        """Whether the outputs of a run and its figures are enough to tell, and no step is asked about."""
        return all(one.step is None for one in self.expect)

    @property
    def judges(self) -> list[Expectation]:
        return [one for one in self.expect if one.judge is not None]

    def check(self, flow: Flow) -> None:
        """Raises `WeftError` for a score that can't be worked out of runs of this flow (`bad-expression`), and for an
        output that is looked at and that it doesn't have (`no-output`): said before anything is paid."""
        for one in self.expect:
            if flow.outputs and one.output is not None and one.output not in flow.outputs:
                raise WeftError(
                    f"What is expected is of the output {one.output[:80]!r}, and the flow has none of that name.",
                    code="no-output",
                    hint=f"There are: {', '.join(list(flow.outputs)[:12])}. Of a node, write 'step'.",
                )
        if self.score and (wrong := unfit(self.score, (*flow.outputs, *FIGURES))):
            end = "" if wrong.endswith("?") else "."
            raise WeftError(
                f"The score {self.score[:80]!r} can't be worked out: {wrong.rstrip('.')}{end}",
                code="bad-expression",
                hint="Write an expression such as: contains(lower(answer), lower(row.expected))",
            )

    def of(
        self, row: Mapping[str, Any], inputs: Mapping[str, Any], outputs: Mapping[str, Any], **figures: Any
    ) -> tuple[float | None, str]:
        """The score of a run that succeeded, None if it has none; and what is to be said against it, "" for nothing."""
        if not self.score:
            return None, ""
        values = {**outputs, "row": {**inputs, **row}, "inputs": inputs, "outputs": outputs, **figures}
        try:
            found = expression.evaluate(self.score, values, {})
        except StepFailed as problem:
            return None, f"it can't be scored: {problem.message}"
        if isinstance(found, bool):
            return float(found), "" if found else f"it isn't so that {self.score[:80]}"
        if isinstance(found, int | float):
            return float(found), ""
        return None, f"it can't be scored: {self.score[:80]!r} is no number and no yes or no here"


NO_SCORING: Final = Scoring()
