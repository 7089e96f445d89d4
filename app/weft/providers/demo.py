"""The model of a first run without a key: offline, the same every time, and never passing for a real one."""

import json
import re
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage
from pydantic import Field

from weft.model.errors import StepFailed
from weft.providers.conversation import text
from weft.providers.local import LocalModel

LABEL = "[demo model, not a real answer]"


class DemoModel(LocalModel):
    """Writes a labelled placeholder that takes up what was asked; asked for JSON, a valid instance of the schema."""

    delay: float = 0.002

    metadata: dict[str, Any] | None = Field(default_factory=lambda: {"weft_model": "demo"}, exclude=True)

    @property
    def _llm_type(self) -> str:
        return "demo"

    async def reply(self, messages: list[BaseMessage], schema: Any) -> AIMessage:
        asked = next((text(m) for m in reversed(messages) if m.type == "human"), "")
        # JSON has no place for the label: it stands beside the answer, and in the record as the model's name.
        metadata = {"model_name": "demo", "demo": LABEL}
        return AIMessage(content=_answer(asked, schema), response_metadata=metadata)


def _answer(asked: str, schema: Any) -> str:
    if schema is None:
        return f"{LABEL} {prose(asked)}"
    if schema in ({}, True, {"type": "object"}):
        return json.dumps({"demo": LABEL, "answer": prose(asked)}, ensure_ascii=False, indent=2)
    from weft.providers.instance import NoInstance, instance

    try:
        made = instance(schema, subject(asked))
    except NoInstance as exc:
        raise StepFailed(
            f"The demo model can't make an example for this JSON Schema: {exc}.",
            code="demo-schema",
            hint="Simplify the schema, or choose a real model with --model.",
            retryable=False,
        ) from None
    return json.dumps(made, ensure_ascii=False, indent=2)


def prose(asked: str) -> str:
    """A few sentences, or a numbered list where one was asked for, that name the subject of the question."""
    about = subject(asked)
    for pattern, form in _FORMS:
        if re.search(pattern, asked, re.IGNORECASE):
            return form.format(about=about, asked=_quoted(asked))
    return _PLAIN.format(about=about, asked=_quoted(asked))


def subject(asked: str) -> str:
    """What a question is about, in a few words: what stands after `about`, `on`, `of`; else its first words."""
    line = next((line.strip() for line in reversed(asked.splitlines()) if line.strip()), "")
    found = None
    for pattern in _SUBJECTS:
        found = found or re.search(pattern, line, re.IGNORECASE)
    words = (found.group(1) if found else line).strip(" .,:;!?\"'“”").split()
    return " ".join(words[:8]) or "this"


def _quoted(asked: str) -> str:
    words = asked.split()
    return " ".join(words[:24]) + (" …" if len(words) > 24 else "") if words else "(nothing)"


_SUBJECTS = (
    r"\babout (?:the )?(?:topic |subject )?(.+?)(?:[.?!;,]|$)",
    r"^(?:topic|subject|question|text)\s*[:=]\s*(.+)$",
    r"\b(?:on|of|for) (?:the )?(?:topic |subject )?(.+?)(?:[.?!;,]|$)",
    r"\b(?:is|are|was|were) (.+?)(?:[.?!;,]|$)",
)
_LIST = """\
Asked: “{asked}”

1. Where {about} comes from, and why it matters now.
2. The strongest argument, with one example that a reader remembers.
3. What speaks against it, put fairly.
4. What follows from it, and an open question to end on.

A real model would fill this in: give one with --model or in the settings."""
_REVIEW = """\
Asked: “{asked}”

What works: the aim is clear, and {about} stays in view from beginning to end.
What to improve: name one concrete example early, cut what is said twice, and let the ending answer the beginning.

A real model would judge the text itself: give one with --model or in the settings."""
_SHORT = (
    """Asked: “{asked}” In short: a sentence about {about} would stand here, and it would be the right one."""
)
_PLAIN = """\
Asked: “{asked}”

Here would stand an answer on {about}. It would open with the point that matters most, support it with one or two \
examples, and look at what speaks against it.

It would close with what follows from that, in a sentence that can stand alone. A real model would write it: give one \
with --model or in the settings."""
_FORMS = (
    (r"\b(?:outline|list|steps?|bullet|questions|ideas|plan|points)\b", _LIST),
    (r"\b(?:review|critique|criti[cs]i[sz]e|feedback|improve|judge|evaluate)\b", _REVIEW),
    (r"\b(?:title|headline|one sentence|single sentence|one word|yes or no|briefly)\b", _SHORT),
)
