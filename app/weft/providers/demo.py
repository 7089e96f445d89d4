"""The model of a first run without a key: offline, the same every time, and never passing for a real one."""

import json
import re
from typing import Any, cast

from langchain_core.messages import AIMessage, BaseMessage, ToolCall
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

    async def reply_with(
        self, messages: list[BaseMessage], schema: Any, tools: list[dict[str, Any]]
    ) -> AIMessage:
        """The first tool is called once, with made-up arguments; then comes the answer, with what it gave."""
        from weft.providers.instance import NoInstance, instance

        asked = next((text(m) for m in reversed(messages) if m.type == "human"), "")
        given = next((text(m) for m in reversed(messages) if m.type == "tool"), None)
        if given is not None:
            answer = await self.reply(messages, schema)
            told = f"\n\nThe tool gave: {given[:300]}" if schema is None else ""
            return answer.model_copy(update={"content": text(answer) + told})
        first = tools[0]["function"]
        try:
            arguments = cast("dict[str, Any]", instance(first["parameters"], subject(asked)))
        except NoInstance:
            return await self.reply(messages, schema)
        call = ToolCall(name=first["name"], args=arguments, id="call_0")
        metadata = {"model_name": "demo", "demo": LABEL, "finish_reason": "tool_calls"}
        return AIMessage(content="", tool_calls=[call], response_metadata=metadata)


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
    found = [
        (match.start(), form)
        for pattern, form in _FORMS
        if (match := re.search(pattern, asked, re.IGNORECASE))
    ]
    # What is asked for stands first: "Write an outline for an essay", "Write an essay that keeps to the outline".
    form = min(found, default=(0, _PLAIN), key=lambda one: one[0])[1]
    return form.format(about=subject(asked), asked=_quoted(asked))


def subject(asked: str) -> str:
    """What a question is about, in a few words: what it quotes, what stands after `about`, `on`, `of`, itself if short."""
    for pattern in _SUBJECTS:
        if (found := re.search(pattern, asked, re.IGNORECASE | re.MULTILINE)) and (
            words := _bare(found.group(1))
        ):
            return words
    whole = _bare(asked)
    return whole if whole and len(asked.split()) <= 5 else "the subject"


def _bare(text: str) -> str:
    return " ".join(text.split()[:8]).strip(" .,:;!?\"'“”()[]{}")


def _quoted(asked: str) -> str:
    words = asked.split()
    return " ".join(words[:24]) + (" …" if len(words) > 24 else "") if words else "(nothing)"


_END = r"(?:[.?!;,:\n]| (?:before|and|for|by|as|that|which|so) |$)"
_SUBJECTS = (
    rf"\babout (?:the )?(?:topic |subject )?['\"“‘]?(.+?)['\"”’]?{_END}",
    r"^(?:topic|subject|question)\s*[:=]\s*(.+)$",
    r"(?<!\w)['\"“‘]([^'\"”’\n]{3,80})['\"”’](?!\w)",
    rf"\b(?:on|of|for) (?:the )?(?:topic |subject )?(.+?){_END}",
    rf"\b(?:is|are|was|were) (.+?){_END}",
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
_SHORT = """Asked: “{asked}” In short: here would stand a sentence on {about}."""
_ESSAY = """\
Asked: “{asked}”

It begins with a small scene: someone hears of {about} for the first time, and wonders what is behind it. From there \
the text would go back to the beginnings, and follow in a few steps how things came to be as they are.

The middle would weigh what is gained against what is lost, with an example for each side. The end would come back to \
the scene, and say what a reader may now see in {about} that was hidden before.

A real model would write it: give one with --model or in the settings."""
_PLAIN = """\
Asked: “{asked}”

Here would stand an answer on {about}. It would open with the point that matters most, support it with one or two \
examples, and look at what speaks against it.

It would close with what follows from that, in a sentence that can stand alone. A real model would write it: give one \
with --model or in the settings."""
_FORMS = (
    (r"\b(?:outline|lists?|steps|bullets?|questions|ideas|plan|points|pros and cons|arguments)\b", _LIST),
    (r"\b(?:review|critique|criti[cs]i[sz]e|feedback|improve|judge|evaluate)\b", _REVIEW),
    (r"\b(?:title|headline|one sentence|single sentence|one word|yes or no|briefly)\b", _SHORT),
    (r"\b(?:essay|article|report|story|paragraphs?|letter|text|chapter|speech)\b", _ESSAY),
)
