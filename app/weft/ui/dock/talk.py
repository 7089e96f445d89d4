"""How one talks to a flow: which input takes what a person says, and which output is the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from weft.model.flow import Flow
from weft.model.refs import parse_ref
from weft.runs.state import RunState
from weft.ui.dock.step_detail import output_text, text_of

SAID = ("message", "messages", "question", "prompt", "text", "query", "input", "request", "topic")
ANSWERS = ("answer", "reply", "response", "message", "text", "output", "result")


@dataclass(frozen=True)
class Talk:
    """`whole`: the input takes the conversation so far as messages, and not only the last thing said."""

    input: str
    output: str
    whole: bool

    def given(self, before: Sequence[dict[str, str]], text: str) -> Any:
        """The value of the input for what is said now."""
        return [*before, {"role": "user", "content": text}] if self.whole else text

    def answer(self, flow: Flow, state: RunState) -> str:
        """What the flow has answered so far: the output once it is there, until then what its step streams."""
        if self.output in state.outputs:
            return text_of(state.outputs[self.output])
        step = state.steps.get(_node(flow, self.output))
        return output_text(step) if step is not None and step.status in ("running", "succeeded") else ""


def talk_of(flow: Flow) -> Talk | str:
    """How to talk to the flow, or in a sentence why that isn't possible."""
    texts = [name for name, given in flow.inputs.items() if given.type == "text" and not given.choices]
    messages = [name for name, given in flow.inputs.items() if given.type == "messages"]
    if not texts and not messages:
        return "To be talked to, a flow needs an input that takes a text, or messages."
    if not flow.outputs:
        return "To be talked to, a flow needs an output: its answer."
    said = messages[0] if messages else _preferred(texts, SAID)
    return Talk(said, _preferred(list(flow.outputs), ANSWERS), bool(messages))


def _preferred(names: list[str], best: Sequence[str]) -> str:
    return next((name for name in best if name in names), names[0])


def _node(flow: Flow, output: str) -> str:
    try:
        return parse_ref(flow.outputs[output]).node
    except (KeyError, ValueError):
        return ""
