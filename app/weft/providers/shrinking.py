"""Making what a model is sent fit its context window: by failing in time, or by cutting what a prompt builds on.

After AgentKit (Wu et al., "AgentKit: Flow Engineering with Graphs, not Coding", COLM 2024), whose messages are cut from
the front: the first that the prompt builds on, or, where that isn't long enough, the longest. AgentKit then takes the
longest of all, which may be the question itself; here only what the prompt builds on is cut, never the system text,
the question, or what was said about tools. A message keeps at least its last character, for servers refuse empty ones.

Tokens are counted as everywhere here: about (`estimating`), and the tools and the schema that are sent along with them.
"""

import asyncio
import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from weft.model.errors import StepFailed
from weft.providers.conversation import CUT, text
from weft.providers.estimating import FRAME, PER_MESSAGE, about_tokens
from weft.providers.settings import Several
from weft.providers.windows import chain_window, windows_of

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

How = Literal["fail", "trim"]
ROOM = 1_000
"""Tokens that are left for an answer of which nothing is said, or a quarter of a small window."""
_LONG = 20_000
"""Characters that are counted while everything else waits; more are counted beside it."""
Count = Callable[[str], int]


class Sent(NamedTuple):
    """What else decides whether a conversation fits: `how` it is made to, the places of the messages that `may` be cut,
    `extra` tokens that go along, and those that its answer may take (0: nothing is said of it)."""

    how: How
    may: tuple[int, ...] = ()
    extra: int = 0
    answer: int = 0

    def fitted(self, texts: Sequence[str], window: int, model: str) -> "Shrunk":
        """The texts as they are sent. Raises `StepFailed` (`context-overflow`)."""
        trims = self.how == "trim"
        usual = min(ROOM, window // 4) if trims else 0
        room = window - self.extra - (self.answer or usual) - FRAME
        made = shrink(texts, self.may if trims else (), room)
        if made is None:
            left = [one for place, one in enumerate(texts) if not trims or place not in self.may]
            raise self._refusal(
                sum(map(about_tokens, left)) + PER_MESSAGE * len(texts) + FRAME, window, model
            )
        return made

    def _refusal(self, tokens: int, window: int, model: str) -> StepFailed:
        beside = f" ({self.extra:,} of them tools and schema)" if self.extra else ""
        answer = f" and {self.answer:,} for the answer" if self.answer else ""
        if self.how == "trim":
            first, do = "Even with all cut away that this prompt builds on, it", "Shorten the prompt itself"
        else:
            first, do = "This prompt", 'Shorten what it builds on, set `fit` to "trim"'
        return StepFailed(
            f"{first} needs about {tokens + self.extra:,} tokens{beside}{answer}; {model} takes {window:,}. "
            "It was not asked.",
            code="context-overflow",
            hint=f"{do}, or choose a model that takes more. If this one does, say so in weft.toml under [windows].",
            retryable=False,
        )


class Shrunk(NamedTuple):
    """Texts that fit, and how many characters were cut from the front of each, by place."""

    texts: list[str]
    cut: dict[int, int]


def shrink(
    texts: Sequence[str], may: Sequence[int], room: int, count: Count = about_tokens, each: int = PER_MESSAGE
) -> Shrunk | None:
    """The texts in at most `room` tokens, those at the places `may` cut from their front; None if that isn't enough.
    `each` is what a message adds to its text."""
    made = list(texts)
    sizes = {place: count(one) for place, one in enumerate(made)}
    over = sum(sizes.values()) + each * len(made) - room
    cut: dict[int, int] = {}
    for place in _order(may, sizes, over) if over > 0 else ():
        start = _start(made[place], max(sizes[place] - over, 0), count)
        if start:
            cut[place], made[place] = start, made[place][start:]
            over -= sizes[place] - count(made[place])
        if over <= 0:
            break
    return None if over > 0 else Shrunk(made, cut)


def _order(may: Sequence[int], sizes: Mapping[int, int], over: int) -> list[int]:
    """Which is cut first, which next if that wasn't enough: AgentKit's order."""
    longest = sorted(may, key=lambda place: (-sizes[place], place))
    if may and sizes[may[0]] >= over:
        return [may[0], *(place for place in longest if place != may[0])]
    return longest


def _start(whole: str, most: int, count: Count) -> int:
    """Where the longest end of a text begins that has at most so many tokens, on a whole character; at the last
    character if none has."""
    low, high = 0, max(len(whole) - 1, 0)
    while low < high:
        middle = (low + high) // 2
        if count(whole[middle:]) <= most:
            high = middle
        else:
            low = middle + 1
    return _whole(whole, low)


def _whole(whole: str, start: int) -> int:
    """The next place at which a character as a person sees it begins; the last one, if there is none behind."""
    found = start
    while found < len(whole) and not _begins(whole, found):
        found += 1
    if found < len(whole) or not whole:
        return found
    while start > 0 and not _begins(whole, start):
        start -= 1
    return start


def _begins(whole: str, place: int) -> bool:
    """Whether a character begins here: no mark on the one before, no part of a joined or coloured sign, no half flag."""
    if place == 0:
        return True
    before, sign = whole[place - 1], whole[place]
    if unicodedata.category(sign)[0] == "M" or sign == "\u200d" or before == "\u200d":
        return False
    if "\U0001f3fb" <= sign <= "\U0001f3ff" or before + sign == "\r\n":
        return False
    if _flag(sign) and _flag(before):
        first = place
        while first > 0 and _flag(whole[first - 1]):
            first -= 1
        return (place - first) % 2 == 0
    return True


def _flag(sign: str) -> bool:
    return "\U0001f1e6" <= sign <= "\U0001f1ff"


# --- a conversation on its way to a model ----------------------------------------------------------------------------


class Fit:
    """Makes the conversations of one step fit its model: those that begin with the same messages, of which the ones at
    the places `may` are what the prompt builds on. `tools` and `schema` are what is sent beside them."""

    def __init__(
        self,
        model: "BaseChatModel",
        how: How,
        may: Sequence[int],
        *,
        settings: Mapping[str, Any] | None = None,
        tools: Sequence[Any] = (),
        schema: Mapping[str, Any] | None = None,
    ) -> None:
        self._window = chain_window(windows_of(model), smallest=how == "trim")
        self._name = _name(model)
        foresee = getattr(model, "foresee", None)
        if self._window is None and foresee is None:
            return  # nothing is counted
        told: list[Any] = [[one.name, one.description, dict(one.schema)] for one in tools]
        beside = [*told, *([dict(schema)] if schema else [])]
        extra = sum(about_tokens(json.dumps(one, default=str)) for one in beside)
        most = (settings or {}).get("max_tokens")
        self._sent = Sent(how, tuple(may), extra, most if type(most) is int else 0)
        if foresee is not None:
            foresee(self._sent)

    async def __call__(self, messages: "list[BaseMessage]") -> "list[BaseMessage]":
        """The messages as they are sent. Raises `StepFailed` (`context-overflow`) for what doesn't fit."""
        if self._window is None:
            return messages
        texts = [text(message) for message in messages]
        if sum(map(len, texts)) <= _LONG:
            return self._fitted(messages, texts, self._window)
        return await asyncio.to_thread(self._fitted, messages, texts, self._window)

    def _fitted(self, messages: "list[BaseMessage]", texts: list[str], window: int) -> "list[BaseMessage]":
        may = tuple(place for place in self._sent.may if isinstance(_content(messages[place]), str))
        made = self._sent._replace(may=may).fitted(texts, window, self._name)
        return [_cut(message, made, place) for place, message in enumerate(messages)]


def _name(model: "BaseChatModel") -> str:
    if isinstance(model, Several):
        return " | ".join(map(_name, cast("Any", model).models))
    return str((model.metadata or {}).get("weft_model", "its model"))


def _content(message: "BaseMessage") -> Any:
    return message.content  # pyright: ignore[reportUnknownMemberType]


def _cut(message: "BaseMessage", made: Shrunk, place: int) -> "BaseMessage":
    """What is left of a message. It knows what was cut, and its record says so."""
    if place not in made.cut:
        return message
    cut = about_cut(str(_content(message)), made.cut[place])
    known = cast("dict[str, Any]", message.response_metadata)  # pyright: ignore[reportUnknownMemberType]
    return message.model_copy(update={"content": made.texts[place], "response_metadata": {**known, CUT: cut}})


def about_cut(whole: str, characters: int) -> dict[str, int]:
    """What was cut from the front of a text, as a record tells it."""
    return {"characters": characters, "tokens": about_tokens(whole) - about_tokens(whole[characters:])}
