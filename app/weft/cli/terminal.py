"""What the commands write: results on standard output, everything said to a person on standard error."""

import os
import re
import sys
from typing import Literal, TextIO

Style = Literal["red", "green", "yellow", "blue", "cyan", "bold", "dim"]

_CODES: dict[Style, str] = {
    "red": "31;1",
    "green": "32",
    "yellow": "33;1",
    "blue": "34",
    "cyan": "36",
    "bold": "1",
    "dim": "2",
}
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_UNESCAPED = re.compile("[\x7f-\x9f\u061c\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What JSON leaves as it is."""


def out(text: str = "", *, end: str = "\n") -> None:
    """A line of the result. A terminal gets it without control characters, a pipe gets it as it is."""
    text = _hidden(text)
    sys.stdout.write((clean(text) if sys.stdout.isatty() else text.encode("utf-8", "replace").decode()) + end)


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def flush() -> None:
    sys.stdout.flush()


def abandon() -> None:
    """Let go of a standard output that nobody reads, so that what is buffered isn't tried again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_line(painted: str) -> None:
    """A line of the result that is clean already, and may hold colours; or JSON, in which what a terminal may obey, or a
    reader take for the end of a line, becomes an escape."""
    text = _hidden(painted)
    sys.stdout.write((text if text.isascii() else _UNESCAPED.sub(_escape, text)) + "\n")


def note_line(painted: str) -> None:
    """The same, on standard error."""
    print(_hidden(painted), file=sys.stderr)


def note(text: str) -> None:
    """A line to the person, beside the result."""
    print(clean(text), file=sys.stderr)


def error(message: str, hint: str = "") -> None:
    """The one shape of every refusal: what and where, then what to do."""
    _said("error", "red", message, hint)


def warning(message: str, hint: str = "") -> None:
    _said("warning", "yellow", message, hint)


def _said(kind: str, style: Style, message: str, hint: str) -> None:
    print(f"{styled(kind + ':', style, sys.stderr)} {clean(message)}", file=sys.stderr)
    if hint:
        print(f"{styled('hint:', 'cyan', sys.stderr)} {clean(hint)}", file=sys.stderr)


def styled(text: str, style: Style, stream: TextIO | None = None) -> str:
    """`text` in a style, where `stream` (standard output) is a terminal that wants colours."""
    return paint(text, style, coloured(stream or sys.stdout))


def paint(text: str, style: Style, wanted: bool) -> str:
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if wanted else text


def coloured(stream: TextIO) -> bool:
    """Whether colours are welcome there (see no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def clean(text: str) -> str:
    """`text` without what could steer a terminal, and without secrets: it may come from a model, a file, a server."""
    plain = _hidden(text).replace("\r\n", "\n")
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", plain)


def _hidden(text: str) -> str:
    """The text without secrets, once any is known to this process."""
    known = sys.modules.get("weft.providers.redaction")
    return known.hide(text) if known is not None else text


def table(rows: list[list[str]], *, head: list[str]) -> list[str]:
    """Lines of aligned columns, the last one ragged; the head in bold where colours are welcome."""
    cells = [[clean(cell).replace("\n", " ") for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in [head, *cells]) for i in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    title = "  ".join(cell.ljust(width) for cell, width in zip(head, widths, strict=True)).rstrip()
    return [styled(title, "bold"), *lines]
