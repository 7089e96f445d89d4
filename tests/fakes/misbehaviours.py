"""What model servers do wrong, by name: how the fake server does it, and what it must come to.

Each is an answer of `FakeOpenAI`, the code that a step fails with ("" if the answer is good all the same), and whether
trying again is worth it. `ways` says how it can be asked for: `whole`, `streamed`, or both.
"""

from dataclasses import dataclass

from tests.fakes.replies import Reply

WAYS = ("whole", "streamed")


@dataclass(frozen=True)
class Misbehaviour:
    reply: Reply
    code: str = ""
    retried: bool = False
    ways: tuple[str, ...] = WAYS
    slow: bool = False
    """Whether it ends only by a timeout, which a test makes short."""


WHOLE, STREAMED = ("whole",), ("streamed",)
CALL = {"id": "call_1", "type": "function", "function": {"name": "add", "arguments": '{"a": '}}
M, R = Misbehaviour, Reply
MISBEHAVIOURS: dict[str, Misbehaviour] = {
    # refusals
    "bad request": M(R.status(400), "bad-request"),
    "prompt too long": M(R.status(400, "maximum context length is 10 tokens"), "context-overflow"),
    "key not accepted": M(R.status(401), "bad-key"),
    "not allowed": M(R.status(403), "not-allowed"),
    "no such model": M(R.status(404), "unknown-model"),
    "request timeout": M(R.status(408), "timeout", True),
    "conflict": M(R.status(409), "conflict", True),
    "request too large": M(R.status(413), "too-large"),
    "rate limit without a time": M(R.status(429), "rate-limited", True),
    "rate limit with seconds": M(R.status(429, retry_after=0), "rate-limited", True),
    "rate limit with a date": M(R.status(429, retry_after="Wed, 21 Oct 2015 07:28:00 GMT"), "rate-limited", True),
    "no credit": M(R.status(429, code="insufficient_quota"), "no-credit"),
    "server error": M(R.status(500), "server-error", True),
    "bad gateway in HTML": M(R(code=502, raw="<html>bad gateway</html>"), "server-error", True),
    "overloaded": M(R.status(503, retry_after=0), "server-error", True),
    "gateway timeout": M(R.status(504), "timeout", True),
    "redirect to elsewhere": M(R(code=302, raw="", headers={"location": "http://127.0.0.1:1/"}), "http-status"),
    # connections
    "reset": M(R(reset=True), "connection-lost", True),
    "closed without an answer": M(R(leave=True), "connection-lost", True),
    "hang before the headers": M(R(hang="headers"), "timeout", True, slow=True),
    "hang within the body": M(R(hang="body"), "timeout", True, WHOLE, slow=True),
    "hang within the stream": M(R("one two", hang="chunk"), "timeout", True, STREAMED, slow=True),
    "cut before the first word": M(R("one two", cut_after=0), "connection-lost", True),
    "cut after two words": M(R("one two three", cut_after=2), "connection-lost", True),
    "slow drip that ends": M(R("one two", drip=True)),
    # streams that end too early
    "ends without a finish": M(R("one two three", cut_after=2, cut_cleanly=True), "stream-cut", True, STREAMED),
    "finish left out": M(R("one two", finish=None), "stream-cut", True, STREAMED),
    "no last chunk": M(R("one two", choices=False), "stream-cut", True, STREAMED),
    "error within the stream": M(R("one two", mid_error={"message": "overloaded", "type": "server_error"}), "server-error", True, STREAMED),
    "rate limit within the stream": M(R("one two", mid_error={"message": "slow down", "code": "rate_limit_exceeded"}), "rate-limited", True, STREAMED),
    # bodies
    "bad JSON": M(R(raw="{not json"), "bad-response", True),
    "empty body": M(R(raw=""), "bad-response", True),
    "null": M(R(raw="null"), "bad-response", True),
    "a list": M(R(raw="[1, 2]"), "bad-response", True),
    "a page of HTML": M(R(raw="<html>a page</html>", headers={"content-type": "text/html"}), "bad-response", True),
    "another content type": M(R(headers={"content-type": "text/plain"}), ways=WHOLE),
    "choices of the wrong type": M(R(raw='{"choices": 7}'), "bad-response", True),
    "no choices": M(R(choices=False), "bad-response", True, WHOLE),
    "null content": M(R(raw='{"choices": [{"index": 0, "message": {"role": "assistant", "content": null}, "finish_reason": "stop"}]}'), "empty-answer", True, WHOLE),
    "content of the wrong type": M(R(raw='{"choices": [{"message": {"role": "assistant", "content": 7}}]}'), "bad-response", True),
    "wrong charset": M(R(raw=b'{"choices": [{"message": {"content": "\xff\xfe'), "bad-response", True),
    "gzip rubbish": M(R(raw="zz", headers={"content-encoding": "gzip"}), "bad-response", True),
    "200 with an error": M(R(raw='{"error": {"message": "no"}}'), "bad-response", True),
    "junk in the stream": M(R(raw="data: {not json\n\n"), "bad-response", True, STREAMED),
    # floods
    "endless body": M(R(endless=True, raw=" "), "answer-too-large", False, WHOLE),
    "endless stream": M(R(endless=True), "answer-too-large", False, STREAMED),
    # answers that are none
    "cut at the length limit": M(R("half an", finish="length"), "truncated"),
    "withheld by the filter": M(R("half an", finish="content_filter"), "content-filter"),
    "refusal": M(R("", refusal="I can't help with that."), "refused", False, WHOLE),
    "refusal in a stream": M(R("", refusal="I can't help with that."), "empty-answer", True, STREAMED),
    "nothing": M(R(""), "empty-answer", True),
    # odd, and still an answer
    "no usage": M(R(usage=False)),
    "several choices": M(R(choices_sent=3), ways=WHOLE),
    "finish sent three times": M(R(repeat_last=3), ways=STREAMED),
    "comments between the words": M(R("one two", keepalives=5), ways=STREAMED),
    "half a tool call": M(R("An answer.", tool_calls=(CALL,))),
}  # fmt: skip


def matrix() -> list[tuple[str, str]]:
    """Each misbehaviour in each way of asking."""
    return [(name, way) for name, one in MISBEHAVIOURS.items() for way in one.ways]
