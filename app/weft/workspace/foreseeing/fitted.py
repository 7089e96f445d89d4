"""The messages of a preview as they will be made to fit what the model takes: what is cut is gone, and told in words.
And the tools, which go along with them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from weft.providers.estimating import about_tokens
from weft.runs.reading.cuts import told_cut

if TYPE_CHECKING:
    from weft.providers.shrinking import Sent
    from weft.workspace.foreseeing.preview import Message, Span


class ShownTool(NamedTuple):
    """A tool as the model is told of it: its name, what it is for, the JSON Schema of its arguments."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    tokens: int


def shown_tools(told: Sequence[Mapping[str, Any]]) -> list[ShownTool]:
    """Those of a call, as OpenAI's protocol describes them."""
    made: list[ShownTool] = []
    for one in told:
        about: Mapping[str, Any] = one["function"]
        said = (str(about["name"]), str(about["description"]), dict(about["parameters"]))
        made.append(ShownTool(*said, about_tokens(json.dumps(said, default=str))))
    return made


def fitted(messages: "Sequence[Message]", sent: "Sent", window: int, model: str) -> "list[Message]":
    """What is left of the messages. Raises `StepFailed` (`context-overflow`) as the run would."""
    from weft.providers.shrinking import about_cut

    made = sent.fitted([message.text for message in messages], window, model)
    found = list(messages)
    for place, characters in made.cut.items():
        message = messages[place]
        spans = _behind(message.spans, characters)
        about = about_cut(message.text, characters)
        tokens = message.tokens - about["tokens"]
        found[place] = replace(message, spans=spans, tokens=tokens, cut=told_cut(about))
    return found


def unknown_window(sent: "Sent", model: str) -> str:
    """What to tell whoever wants it cut, where nobody knows to what length."""
    if sent.how == "fail":
        return ""
    return (
        f"How much {model} takes isn't known, so nothing is cut. Say so in weft.toml, under [windows]: "
        f'"{model}" = 32768'
    )


def _behind(spans: "Sequence[Span]", characters: int) -> "tuple[Span, ...]":
    left: list[Span] = []
    for span in spans:
        text = span.text[characters:]
        characters = max(characters - len(span.text), 0)
        if text:
            whole = len(text) == len(span.text)
            left.append(span if whole else replace(span, text=text, tokens=about_tokens(text)))
    return tuple(left)
