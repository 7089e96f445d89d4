"""What is typed into the fields of settings, as `weft.toml` holds it. What can't be is a `ValueError` with a sentence."""

import re


def whole(text: str) -> int:
    try:
        return int(text.replace(",", "").replace(" ", ""))
    except ValueError:
        raise ValueError(f"{text[:40]!r} is no whole number.") from None


def number(text: str) -> float:
    try:
        value = float(text.strip().removeprefix("$").replace(",", ""))
    except ValueError:
        raise ValueError(f"{text[:40]!r} is no number.") from None
    return int(value) if value.is_integer() and abs(value) < 1e15 else value  # as one writes it


def days(text: str) -> int | str:
    return "all" if text.strip().lower() == "all" else whole(text)


def server(text: str) -> str:
    """The address of a server, without a name, a password or a question in it."""
    if not re.fullmatch(r"https?://[^\s/@?#]+[^\s?#@]*", text.strip()):
        raise ValueError(
            f"{text[:60]!r} is no address of a server. Write it such as https://api.example.com/v1."
        )
    return text.strip()


def headers(text: str) -> dict[str, str]:
    """Lines `Header: SECRET`."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, colon, secret = (part.strip() for part in line.partition(":"))
        if not line.strip():
            continue
        if not (name and colon and secret):
            raise ValueError(f"{line[:40]!r} is no header. Write it as Header: NAME_OF_A_SECRET.")
        if name in found:
            raise ValueError(f"{name[:40]!r} is there twice.")
        found[name] = secret
    return found
