"""Who an address would ask, as far as it can be told before the run."""

import re
from urllib.parse import urlsplit

from weft.workspace.trust.sheet import short

ANY_HOST = "any host, known only while it runs"
_ADDRESS = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9._-]+(?::\d{1,5})?|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?")


def is_address(text: str) -> bool:
    return _ADDRESS.match(text) is not None


def host(address: str) -> str:
    """The host, before templates are filled in."""
    text = address.strip()
    try:
        place = urlsplit(text)
        asked = place.netloc
    except ValueError:
        return f"an address that can't be read: {short(text)}"
    if "{{" in text and ("{{" in asked or not asked):
        return ANY_HOST
    if not asked:
        return f"an address that can't be read: {short(text)}"
    return asked.lower() if _HOST.fullmatch(asked) else f"an address that hides its host: {short(text)}"
