"""The table of what goes wrong with models, as documentation: `python -m weft.providers.documented > README.md`.

Made from the code, and kept by a test, so that it can't say anything else than what happens.
"""

from weft.providers import explanations
from weft.providers.failures import ROWS

_HEAD = """\
# What goes wrong with models

This file is made from the code (`python -m weft.providers.documented`).

Whatever a model server does, a step that asked it either has a whole answer or fails with one of these codes. Those
that are retried are tried again by the engine (twice, unless the node's `retries` says otherwise), after at least as
long as the server asked for; a 429 slows down every step that asks the same provider with the same key. **A truncated
answer is never a success**, whichever component asked for it, and whether or not it looks.

| code | happened | retried | what to do |
|---|---|---|---|
"""


def table() -> str:
    """The document."""
    lines = [
        f"| `{code}` | {happened} | {retried} | {ROWS[code].hint} |"
        for code, happened, retried in _happened()
    ]
    return _HEAD + "\n".join(lines) + "\n"


def _happened() -> list[tuple[str, str, str]]:
    """Code, what happened, and whether it is retried: as `explanations` tells it."""
    rows = [
        line.split("|")[1:4] for line in (explanations.__doc__ or "").splitlines() if line.startswith("|")
    ]
    told: list[tuple[str, str, str]] = []
    before = ""
    for happened, code, retried in ([cell.strip() for cell in row] for row in rows[2:]):
        whole = before + happened.removeprefix("...") if happened.startswith("...") else happened
        before = before if happened.startswith("...") else happened.split(":")[0].split(",")[0]
        told.append((code.strip("`"), whole, retried))
    return told


if __name__ == "__main__":
    print(table(), end="")
