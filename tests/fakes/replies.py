"""How a fake model server answers one request, and what came in."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

Body = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """How one request is answered. `hang`: at "headers" before the first byte, at "body" after the first of a body
    that comes whole, at "thought" before the first word of a stream, at "chunk" after it."""

    text: str = "A plain answer."
    code: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: str | bytes | None = None  # the body as it stands, instead of one in the protocol
    finish: str | None = "stop"
    cut_after: int | None = None  # words of the stream, then the connection ends
    cut_cleanly: bool = False  # ... as if the stream were over, without its last chunks
    reset: bool = False  # the connection is reset before an answer
    hang: str | None = None
    choices: bool = True
    usage: bool = True
    cached_tokens: int = 0
    cache_written: int = 0
    reasoning_tokens: int = 0
    mid_error: Body | None = None  # sent within the stream after the first word
    tool_calls: tuple[Body, ...] = ()
    keepalives: int = 0  # comment lines between the words
    repeat_last: int = 1  # how often the last chunk of a stream is sent
    endless: bool = False  # the words again and again; as a body, spaces
    drip: bool = False  # a byte, or a word, at a time, with a pause after each
    choices_sent: int = 1
    refusal: str | None = None
    leave: bool = False  # the connection is closed without an answer
    refused: Body | None = None  # what the refusal says, which each protocol writes in its own way
    reasoning: str = ""  # what a thinking model thinks before it answers

    @classmethod
    def status(
        cls, number: int, message: str = "", /, *, retry_after: str | float | None = None, **error: Any
    ) -> Self:
        """A refusal, in the protocol's form."""
        refused = {"message": message or f"refused with {number}", "type": "error", **error}
        headers = {} if retry_after is None else {"retry-after": str(retry_after)}
        return cls(code=number, headers=headers, refused=refused)


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: Body

    @property
    def messages(self) -> list[Body]:
        return self.body["messages"]


Answer = str | Reply | Callable[[Request], "str | Reply"]


def sse(data: Body, event: str = "") -> bytes:
    """One server-sent event."""
    head = f"event: {event}\n" if event else ""
    return f"{head}data: {json.dumps(data)}\n\n".encode()
