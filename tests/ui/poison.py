"""What a step may give out to make a page, a terminal or a reader of JSON choke, though it attacks nobody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

COMPONENTS = r'''
import math
from weft import Context, WeftError, component

ESCAPES = "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x1b]52;c;b3duZWQ=\x07\x1b]8;;http://127.0.0.1:9/\x07here\x1b]8;;\x07\x9b31m\x90q\x9c\x1bc\rowned\b\b"
BIDI = "abc \u202egnp.exe\u202c \u2066\u2067\u2068x\u2069 \u200f\u200e \u061c \ufeff \u2028 \u2029 \u200b \U000e0041"


def nested(depth):
    value = "ground"
    for _ in range(depth):
        value = [value]
    return value


MADE = {
    "huge": lambda: "all work and no play " * 500_000,
    "one long word": lambda: "w" * 300_000,
    "lines": lambda: "line\n" * 100_000,
    "deep": lambda: nested(10_000),
    "deep enough": lambda: nested(60),
    "control": lambda: "".join(map(chr, range(32))) + "".join(map(chr, range(127, 160))),
    "control in keys": lambda: {chr(n): chr(n) for n in [*range(32), 127, 155, 0x202e, 0x2028]} | {"": "", " ": " ", ESCAPES: ESCAPES},
    "bidi": lambda: BIDI * 40,
    "half a character": lambda: "lone \ud83d and \udc00",
    "half a character in a key": lambda: {"\ud800": 1},
    "escapes": lambda: ESCAPES * 20,
    "no number": lambda: {"n": math.nan},
    "too large a number": lambda: [1e999, -1e999],
    "large numbers": lambda: [2**63, -(2**64), 2**1000, 1e308, 5e-324, -0.0],
    "too many digits": lambda: 10**6000,
    "keys": lambda: {f"key {n}": n for n in range(100_000)},
    "items": lambda: list(range(999_999)),
    "too many items": lambda: list(range(1_000_001)),
    "rows": lambda: [{"name": "x" * 50, "n": n, "e": ESCAPES} for n in range(2000)],
    "columns": lambda: [{f"column {n}": n for n in range(3000)}] * 20,
    "marks over marks": lambda: "Z" + "\u0301\u0335\u035c" * 20_000,
    "bytes": lambda: b"\x00\xff",
    "itself": lambda: (lambda a: (a.append(a), a)[1])([]),
    "markdown": lambda: "> " * 3000 + "\n" + "[" * 5000 + "\n" + "*" * 20_000 + "\n|" + "a|" * 3000 + "\n|" + "-|" * 3000,
}
MADE["texts"] = lambda: "\n\n".join(MADE[what]() for what in ("escapes", "bidi", "marks over marks", "markdown", "control", "huge"))


@component
async def gives(what: str, ctx: Context) -> object:
    """Gives it, having told of it on the way."""
    value = MADE[what]()
    if isinstance(value, str):
        for start in range(0, min(len(value), 60_000), 9000):
            ctx.emit(value[start:start + 9000])
        ctx.log(value[:20_000])
    return value


@component
def fails(what: str) -> str:
    """Fails with it."""
    raise WeftError(MADE[what](), code="refused", hint=MADE[what](), retryable=False)


@component
async def asks(what: str, ctx: Context) -> str:
    """Asks about it."""
    value = MADE[what]()
    await ctx.ask(str(value)[:9000], kind="approve", value=value)
    return "asked"
'''
REFUSED = ("deep", "half a character", "half a character in a key", "no number", "too large a number", "too many digits",
           "too many items", "bytes", "itself")  # fmt: skip
"""The step that gives it fails, with a name."""
RECORDED = ("huge", "one long word", "lines", "deep enough", "control", "control in keys", "bidi", "escapes", "large numbers",
            "keys", "items", "rows", "columns", "marks over marks", "markdown")  # fmt: skip
LARGE = ("huge", "one long word", "lines", "keys", "items", "too many items")
FAILING = ("huge", "escapes", "bidi", "half a character", "control")
ASKED = ("huge", "escapes", "bidi", "keys", "deep enough", "markdown")


def poison(root: Path) -> None:
    """Make the folder a workspace whose flows give it out: `poison`, of it `written` what isn't
    large, `asks`, and `talks`, to which one can talk."""
    for folder in ("flows", "components"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "components" / "poison.py").write_text(COMPONENTS)
    nodes = {node(what): _one("gives", what) for what in (*RECORDED, *REFUSED)}
    nodes |= {f"fails_{node(what)}": _one("fails", what) for what in FAILING}
    written = [name for name in nodes if name not in {node(what) for what in LARGE}]
    _write(
        root,
        "written",
        nodes={name: nodes[name] for name in written},
        outputs={name: name for name in map(node, RECORDED) if name in written},
    )
    _write(root, "poison", nodes=nodes, outputs={node(what): node(what) for what in RECORDED})
    _write(root, "asks", nodes={node(what): _one("asks", what) for what in ASKED})
    _write(
        root,
        "talks",
        nodes={"said": _one("gives", "texts")},
        inputs={"question": {"type": "text"}},
        outputs={"answer": "said"},
    )


def node(what: str) -> str:
    return what.replace(" ", "_")


def _one(component: str, what: str) -> dict[str, Any]:
    return {
        "component": component,
        "title": node(what),
        "params": {"what": what},
        "options": {"on_error": "skip"},
    }


def _write(root: Path, slug: str, **flow: Any) -> None:
    (root / "flows" / f"{slug}.json").write_text(json.dumps({"format": 1, **flow}))
