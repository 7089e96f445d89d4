"""Where the pieces of a text come from: values are marked on their way in, and read apart on their way out.

A mark is two signs of a private area of Unicode with a number between them, and another sign ends what it marks. Who
passes texts on, joins them, or writes them as JSON carries the marks along. Whether nothing else became of the text is
seen by taking the marks out again: `plain` must give the text that was made without them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, cast

_OPEN, _SAID, _CLOSE = "\U000f5e70", "\U000f5e71", "\U000f5e72"
_MARK: Final = re.compile(f"{_OPEN}([0-9]+){_SAID}|{_CLOSE}")
_ESCAPED: Final = tuple((sign, sign.encode("utf-16-be").hex()) for sign in (_OPEN, _SAID, _CLOSE))


@dataclass(frozen=True, slots=True)
class Source:
    """Where a piece of a text comes from.

    `kind`: `text` (typed into the node's own port), `input` (of the flow), `node` (what another node gave), `state`,
    `default` (of the component), `flow` (the flow's defaults), `component` (written by the component itself).
    `ref` is what to look at: a node's id, an input's name, a path of the state, a port. `part` is what of it: `question`
    or `answer` of a prompt, else "". `port` is the port of the node that it came in by. `origin` says whose value it
    is (`run`, `cache`, `pinned`, `typed`, `default`, `sample`, `missing`), and `told` says that in words.
    """

    kind: str
    ref: str = ""
    part: str = ""
    port: str = ""
    origin: str = ""
    told: str = ""


COMPONENT: Final = Source("component")
MISSING: Final = "missing"
NO_VALUE: Final = "no value yet: shown as its name"
AS_ASKED: Final = "as it would be asked"


class Marks:
    """The marks of one text, or of several that go together."""

    def __init__(self) -> None:
        self._sources: list[Source] = []

    def mark(self, text: str, source: Source) -> str:
        """The text, marked as coming from there."""
        if not text:
            return text
        if source not in self._sources:
            self._sources.append(source)
        return f"{_OPEN}{self._sources.index(source)}{_SAID}{text}{_CLOSE}"

    def marked(self, value: Any, source: Source) -> Any:
        """Plain JSON with every text in it marked; a conversation by its turns."""
        match value:
            case str():
                return self.mark(value, source)
            case list():
                return [self.marked(item, source) for item in cast("list[Any]", value)]
            case {"role": role, "content": content}:
                part = {"user": "question", "assistant": "answer"}.get(str(role), "answer")
                told = AS_ASKED if part == "question" and source.origin == MISSING else source.told
                source = Source(source.kind, source.ref, part, source.port, source.origin, told)
                return {
                    **cast("dict[str, Any]", value),
                    "content": self.marked(content, source),
                }
            case dict():
                return {key: self.marked(item, source) for key, item in cast("dict[str, Any]", value).items()}
            case _:
                return value

    def spans(self, text: str) -> list[tuple[str, Source]]:
        """The text without its marks, piece by piece, each with the innermost source it was marked with."""
        found: list[tuple[str, Source]] = []
        open_marks: list[Source] = []
        at = 0
        text = _unescaped(text)
        for match in _MARK.finditer(text):
            self._add(found, text[at : match.start()], open_marks)
            at = match.end()
            if match[1] is None:
                if open_marks:
                    open_marks.pop()
            else:
                number = int(match[1])
                open_marks.append(self._sources[number] if number < len(self._sources) else COMPONENT)
        self._add(found, text[at:], open_marks)
        return found

    def _add(self, found: list[tuple[str, Source]], piece: str, open_marks: list[Source]) -> None:
        if not piece:
            return
        source = open_marks[-1] if open_marks else COMPONENT
        if found and found[-1][1] == source:
            found[-1] = (found[-1][0] + piece, source)
        else:
            found.append((piece, source))


def plain(text: str) -> str:
    """The text without marks."""
    return _MARK.sub("", _unescaped(text))


def _unescaped(text: str) -> str:
    """With the marks as they were, where a text was written as JSON in ASCII."""
    if "\\ud" not in text and "\\uD" not in text:
        return text
    for sign, digits in _ESCAPED:
        text = re.sub(f"\\\\u{digits[:4]}\\\\u{digits[4:]}", sign, text, flags=re.IGNORECASE)
    return text
