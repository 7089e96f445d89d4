"""The ways a model call fails, each with its sentence, its way out, and whether trying again may help."""

from collections.abc import Mapping
from typing import NamedTuple

from weft.model.errors import StepFailed


class Row(NamedTuple):
    code: str
    message: str  # {server} becomes "the model server at http://..." as far as it is known
    hint: str
    retryable: bool


LARGEST = 8_000_000
"""Characters of an answer, and bytes of what a server sends for one that isn't streamed: some two million tokens."""
_CHECK_SERVER = (
    "Check that it runs, and its address ('weft models' shows it); '--model demo' needs no server."
)
ROWS: Mapping[str, Row] = {
    row.code: row
    for row in (
        Row("unreachable", "{server} can't be reached.", _CHECK_SERVER, True),
        Row(
            "untrusted-server",
            "{server} shows a certificate that isn't trusted.",
            "Check the address; a company's own certificate goes into SSL_CERT_FILE.",
            False,
        ),
        Row("bad-url", "{server} has no address that a request can go to.", _CHECK_SERVER, False),
        Row(
            "connection-lost",
            "The connection to {server} was lost before the answer was whole.",
            "Run it again; if it stays so, look at the server's log.",
            True,
        ),
        Row(
            "timeout",
            "{server} didn't answer in time.",
            "Run it again later, ask for less, or choose a faster model.",
            True,
        ),
        Row(
            "bad-request",
            "{server} refused the request.",
            "Check the model's name and the node's options against what this server accepts.",
            False,
        ),
        Row(
            "context-overflow",
            "The prompt is longer than the model can read.",
            "Shorten the inputs or the context, or choose a model with a larger window.",
            False,
        ),
        Row(
            "bad-key",
            "{server} doesn't accept the key.",
            "Check the key ('weft models' names it), or run with '--model demo' for now.",
            False,
        ),
        Row(
            "not-allowed",
            "{server} doesn't allow the key to use this model.",
            "Choose another model, or ask the account's owner for access.",
            False,
        ),
        Row(
            "unknown-model",
            "{server} has no such model.",
            "Check the model's name, and the server's address ('weft models' shows it; OPENAI_BASE_URL usually ends in /v1).",
            False,
        ),
        Row(
            "conflict",
            "{server} was busy with a conflicting request.",
            "Run it again.",
            True,
        ),
        Row(
            "too-large",
            "The request is larger than {server} takes.",
            "Shorten the inputs or the context.",
            False,
        ),
        Row(
            "rate-limited",
            "{server} asks for fewer requests.",
            "Wait a little, run fewer steps at a time (--parallel), or raise the account's limit.",
            True,
        ),
        Row(
            "no-credit",
            "{server} says that the account has no credit left.",
            "Add credit or another key, or run with '--model demo' for now.",
            False,
        ),
        Row(
            "server-error",
            "{server} failed.",
            "Run it again later; if it stays so, look at the server's status page or log.",
            True,
        ),
        Row(
            "http-status",
            "{server} answered with an unexpected status.",
            _CHECK_SERVER,
            False,
        ),
        Row(
            "bad-response",
            "{server} sent something that can't be read as an answer.",
            "Check that the server speaks this provider's protocol ('weft models' shows its address; OPENAI_BASE_URL usually ends in /v1).",
            True,
        ),
        Row(
            "answer-too-large",
            "{server} sent more than an answer can be.",
            "Ask for a shorter answer; if it isn't that, look at the server's log.",
            False,
        ),
        Row(
            "truncated",
            "The model's answer was cut off at its length limit.",
            "Ask for a shorter answer, raise the limit on tokens, or choose a model with a larger one.",
            False,
        ),
        Row(
            "stream-cut",
            "The model's answer broke off mid-stream.",
            "The connection or the server failed. Run it again; if it stays so, look at the server's log.",
            True,
        ),
        Row(
            "refused",
            "The model refused to answer.",
            "Change the prompt, or choose another model.",
            False,
        ),
        Row(
            "empty-answer",
            "The model answered with nothing.",
            "Run it again, or make the prompt say more clearly what to write.",
            True,
        ),
        Row(
            "content-filter",
            "The model server withheld the answer: its content filter stepped in.",
            "Change the prompt, or choose another model.",
            False,
        ),
    )
}


def failed(code: str, server: str = "the model server", *, detail: str = "") -> StepFailed:
    """The failure of that row; `detail` goes at the end of its sentence."""
    row = ROWS[code]
    message = row.message.format(server=server)
    message = message[0].upper() + message[1:]
    if detail:
        message = f"{message.removesuffix('.')}{detail.removesuffix('.')}."
    return StepFailed(message, code=code, hint=row.hint, retryable=row.retryable)
