"""Keys never leave the process in a message: what a server echoes is cleaned before it is shown or stored."""

import re

_known: set[str] = set()
_SHAPES = re.compile(
    r"\b(?:sk|pk|rk|gsk|xai|key)-[A-Za-z0-9_\-*.]{8,}"  # provider keys, also half-masked ones
    r"|\bAIza[0-9A-Za-z_\-]{20,}|\bgh[pousr]_[A-Za-z0-9]{20,}|\bey[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-.]{10,}"
    r"|(?i:\b(?:bearer|authorization:)\s+)[^\s\"',;]{6,}"
)
HIDDEN = "[hidden key]"


def remember(key: str) -> None:
    """From now on this value is hidden wherever a server repeats it."""
    if len(key) >= 6:
        _known.add(key)


def redact(text: str) -> str:
    for key in _known:
        text = text.replace(key, HIDDEN)
    return _SHAPES.sub(HIDDEN, text)
