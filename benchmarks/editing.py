"""What does one edit of an open flow cost on the loop: applied, its ports and problems known, told to who listens?

    .venv/bin/python -m benchmarks.editing [--rounds 15]

Flows of prompts, edited through `OpenDocument.submit` as the canvas does. "as a whole" is what checking and reading
all ports of the flow costs, which is what an edit would cost if nothing were remembered.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from statistics import median

from benchmarks.measure import rounds_asked, timed
from benchmarks.planning import ROOT, prompts
from weft.engine.check import check, ports_of
from weft.model import Node, Transaction
from weft.model.changes import AddNode, Change, Connect, Move, RemoveNode, RenameNode, SetParam, SetTitle
from weft.workspace.editing.documents import OpenDocument
from weft.workspace.folder import Workspace

NEW = Node(component="prompt", params={"prompt": "Hello"})
EDITS: dict[str, Callable[[int], Change]] = {
    "a param": lambda i: SetParam(node="n5", name="prompt", value=f"{i}: {{{{topic}}}}, {{{{before}}}}"),
    "a new port": lambda i: SetParam(
        node="n5", name="prompt", value=f"{{{{topic}}}} {{{{before}}}} {{{{p{i}}}}}"
    ),
    "a title": lambda i: SetTitle(node="n5", title=f"Title {i}"),
    "a place": lambda i: Move(positions={"n5": (i, i)}),
    "a new node": lambda i: AddNode(id=f"new{i}", node=NEW),
    "an edge": lambda i: Connect(node=f"n{100 + i}", port="context", ref="n7", many=True),
    "a name": lambda i: RenameNode(id=f"n{200 + i}", to=f"other{i}"),
    "a removal": lambda i: RemoveNode(id=f"n{300 + i}"),
}


def main(rounds: int) -> None:
    print("One edit, in ms on the loop (target for a param: 5 ms at 1,000 nodes, 40 ms at 10,000)")
    workspace = Workspace.open(ROOT)
    for size in (100, 1000, 10_000):
        flow = prompts(max(size, 400) if size > 100 else size)
        document = OpenDocument(workspace, "large", flow, "")
        first = elapsed(lambda: (document.problems, document.ports))  # noqa: B023
        edits = EDITS if size > 100 else {name: EDITS[name] for name in list(EDITS)[:5]}
        told = "   ".join(f"{name} {once(document, edit, rounds):.2f}" for name, edit in edits.items())
        whole = timed(lambda: (check(flow, workspace.catalog), ports_of(flow, workspace.catalog)), 5)  # noqa: B023
        print(f"  {size:6,} nodes   {told}   as a whole {whole * 1e3:.0f}, opening {first:.0f}")


def once(document: OpenDocument, edit: Callable[[int], Change], rounds: int) -> float:
    """The median of so many edits of a kind."""
    taken: list[float] = []
    for number in range(rounds):
        tx = Transaction(changes=(edit(number),))
        gc.collect()
        gc.disable()
        taken.append(elapsed(lambda: document.submit(tx, "ann")))  # noqa: B023
        gc.enable()
    return median(taken)


def elapsed(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return (time.process_time() - begun) * 1e3


if __name__ == "__main__":
    main(rounds_asked(__doc__, 15))
