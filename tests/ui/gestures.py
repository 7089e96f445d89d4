"""What a person expects of the canvas, and in how many ways: the table that the tests of the canvas are held against.

A test says what it proves: `@pytest.mark.gesture("connect", "mouse")`. `test_gesture_table.py` fails for a gesture that
has no test for a way it promises, and for a test that names what is not in this table.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Literal, NamedTuple, get_args

Way = Literal["mouse", "keys", "touch", "undo", "tab"]
"""`undo`: one undo takes it back; `tab`: another tab sees both."""
WAYS: Final[tuple[str, ...]] = get_args(Way)
HERE = Path(__file__).parents[1]
FOLDERS = ("canvas", "ui")


class Gesture(NamedTuple):
    expected: str
    ways: tuple[str, ...]


def _of(expected: str, ways: str) -> Gesture:
    return Gesture(expected, tuple(ways.split()))


EDIT = "undo tab"
GESTURES: Final[Mapping[str, Gesture]] = {
    # Adding
    "add": _of(
        "Double-click on nothing, Tab or two taps: search, and the node is there", f"mouse keys touch {EDIT}"
    ),
    "add-from-palette": _of("Dragged from the palette, or chosen by name", f"mouse keys {EDIT}"),
    "hint": _of("An empty flow says how to begin, and no longer", "mouse keys"),
    # Edges
    "connect": _of("From a port to a port; by keys from lists", f"mouse keys touch {EDIT}"),
    "fitting": _of("Ports that don't fit stand back and say why; lists have only what fits", "mouse keys"),
    "snap": _of("A loose end jumps to a port within 20 pixels", "mouse"),
    "edge-on-nothing": _of("A loose end let go on nothing asks what fits", f"mouse keys touch {EDIT}"),
    "insert": _of("A node on an edge: dropped, by double-click, by Enter", f"mouse keys {EDIT}"),
    "reconnect": _of("One end of an edge goes elsewhere", f"mouse keys {EDIT}"),
    "disconnect": _of("An edge goes, dragged away by its end or by Delete", f"mouse keys touch {EDIT}"),
    "reorder": _of("The order in a port that takes several", f"mouse keys {EDIT}"),
    "edge-value": _of("What went through an edge last, of every output", "mouse keys touch"),
    # Selecting
    "select": _of("One node, an edge, nothing", "mouse keys touch"),
    "select-several": _of("With Shift, or marked one by one", "mouse keys"),
    "marquee": _of("An area; by keys all, what is above or below, the others", "mouse keys touch"),
    # Arranging
    "move": _of("Nodes elsewhere, one or several, on the grid", f"mouse keys touch {EDIT}"),
    "align": _of("Six ways to stand level", f"mouse keys {EDIT}"),
    "distribute": _of("The same gap between each and the next", f"mouse keys {EDIT}"),
    "guides": _of("A dragged node jumps level with others", "mouse"),
    "arrange": _of(
        "All laid out anew in one step; it glides, unless less motion is wanted", f"mouse keys {EDIT}"
    ),
    # Clipboard
    "copy-paste": _of("Within a flow", f"mouse keys {EDIT}"),
    "cut": _of("Taken away to be pasted", f"mouse keys {EDIT}"),
    "paste-elsewhere": _of(
        "Into another flow and another tab, through the system's clipboard", f"keys {EDIT}"
    ),
    "paste-text": _of("Text becomes a prompt", f"keys {EDIT}"),
    "paste-rubbish": _of("What is broken says so", "keys"),
    "duplicate": _of("With its edges", f"mouse keys {EDIT}"),
    "delete": _of("Nodes, with their edges", f"mouse keys {EDIT}"),
    # Structure
    "collapse": _of("A selection becomes a subtask", f"mouse keys {EDIT}"),
    "inline": _of("A subtask's flow takes its place", f"mouse keys {EDIT}"),
    "inside": _of("A subtask opens in place, with a breadcrumb back", "mouse keys"),
    "disable": _of("A node is left out of runs", f"mouse keys {EDIT}"),
    # Notes and frames
    "note": _of("A note is put down, written, coloured, resized", f"mouse keys {EDIT}"),
    "note-escape": _of(
        "What was typed into a note is kept when it is left, and undo takes it back", f"keys {EDIT}"
    ),
    "frame": _of("A frame goes around nodes and moves with them", f"mouse keys {EDIT}"),
    # Versions
    "compare": _of("Two versions drawn together, gone through change by change", "mouse keys"),
    "take-back": _of("A change, or one part of it, as it was", f"mouse keys {EDIT}"),
    # Finding one's way
    "menu": _of("What can be done here: right click, menu key, long press", "mouse keys touch"),
    "commands": _of("Ctrl+K reaches every action", "keys"),
    "sheet": _of("? shows the keys", "keys"),
    "find": _of("Find and replace in every text, with a preview", f"mouse keys {EDIT}"),
    "open": _of("A node's form", "mouse keys touch"),
    "pan": _of("The view is moved", "mouse keys touch"),
    "zoom": _of("The view is nearer or further", "mouse keys touch"),
    "fit": _of("All in view, or what is selected", "mouse keys"),
    "minimap": _of("The whole in a corner, the view goes where it is pressed", "mouse touch"),
    "undo": _of("Undo and redo, also after a reload", f"keys {EDIT}"),
    # Runs
    "build-and-run": _of("A flow is built, run, answered, searched, mended", "mouse keys"),
    "answer": _of("A question is reached from its card", "mouse keys"),
    "critical-path": _of("The longest way of the last run", "keys"),
}


def proofs() -> Iterator[tuple[str, str, str]]:
    """Gesture, way, and the test that proves it, of all markers in the tests of the canvas and the editor."""
    for folder in FOLDERS:
        for path in sorted((HERE / folder).glob("test_*.py")):
            for name, call in marks(ast.parse(path.read_text("utf-8"))):
                gesture, *ways = [ast.literal_eval(argument) for argument in call.args]
                yield from ((gesture, way, f"{folder}/{path.name}::{name}") for way in ways)


def marks(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """The name of each test with a marker, and the marker."""
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test_"):
            continue
        for one in node.decorator_list:
            if isinstance(one, ast.Call) and ast.unparse(one.func) == "pytest.mark.gesture":
                yield node.name, one


def table(found: Iterator[tuple[str, str, str]]) -> dict[str, dict[str, list[str]]]:
    """By gesture and way, the tests."""
    cells: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for gesture, way, test in found:
        cells[gesture][way].append(test)
    return cells
