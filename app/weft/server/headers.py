"""The headers every response carries, errors and websocket handshakes included.

The page framework needs `unsafe-inline` and `unsafe-eval`: sanitising is the guard against scripts, this
policy keeps a page from sending anything anywhere else.
"""

from collections.abc import Iterable

Headers = list[tuple[bytes, bytes]]

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)

SECURITY: Headers = [
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]

# Under `no-referrer` a browser sends `Origin: null` with a form (Fetch standard, "append a request Origin
# header"), and null is refused. The login form is the one that must work without scripts.
SECURITY_WITH_FORM: Headers = [
    (name, b"same-origin" if name == b"referrer-policy" else value) for name, value in SECURITY
]


def secured(headers: Iterable[tuple[bytes, bytes]], *, form: bool = False) -> Headers:
    """The same headers with ours in place, and without any leave for other origins."""
    ours = SECURITY_WITH_FORM if form else SECURITY
    names = {name for name, _ in ours}
    kept = [
        (name, value)
        for name, value in headers
        if name.lower() not in names and not name.lower().startswith(b"access-control-")
    ]
    return kept + ours
