"""What is said when a server isn't asked, or its answer isn't taken."""

from weft.model.errors import WeftError

HINTS = {
    "bad-request": "Weft sets host, content-length, transfer-encoding and connection; a value has one line.",
    "bad-url": "Write it such as https://example.org/page.",
    "too-large": "Ask for less.",
    "no-json": "Set `output` to text, or ask another address.",
    "unreachable": "Look at the address, and whether the server runs.",
    "timeout": "Try again, or ask for less.",
    "bad-answer": "Ask another address, or whoever runs that server.",
    "too-many-redirects": "Name the address that it leads to.",
    "bad-redirect": "Name the address that it leads to.",
}
"""By code: what to do."""


def failed(code: str, message: str, retryable: bool | None = False) -> WeftError:
    """`retryable` None: it may have been done, and only who made the flow knows whether to do it again."""
    return WeftError(
        message[:1].upper() + message[1:] + ".", code=code, hint=HINTS.get(code, ""), retryable=retryable
    )
