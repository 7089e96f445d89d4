"""The calls of a step's model, read as one conversation: each with what is new in it, and with what it took."""

from collections.abc import Mapping, Sequence
from typing import Any

from weft.runs.reading.turns import called, turns
from weft.ui.elements import Box


def draw_calls(calls: Sequence[Mapping[str, Any]]) -> None:
    """What was said, in order, under a heading for each call if there are several."""
    tools = any(map(called, calls))
    for turn in turns(calls):
        if len(calls) > 1:
            with Box("div", "w-section-head w-turn-head"):
                Box("span", text=f"{'Round' if tools else 'Call'} {turn.number} of {len(calls)}")
                Box("span", "w-turn-about", turn.about)
            if turn.before:
                Box("div", "w-turn-before", f"After the {turn.before} messages above:")
        for said in turn.said:
            with Box("div", f"w-message{' w-message--calls' if said.who == 'calls' else ''}"):
                Box("div", "w-message-role", said.who)
                mono = said.data or said.who == "calls"
                Box("div", f"w-message-text{' w-mono' if mono else ''}", said.text)
