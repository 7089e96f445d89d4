"""What a canvas is sent: all that a snapshot has, each port written once."""

import json
from pathlib import Path
from typing import Any

from weft.model import Flow, Node
from weft.model.changes import SetParam, Transaction
from weft.workspace import Workspace
from weft.workspace.editing.documents import OpenDocument
from weft.workspace.editing.drawn import drawn
from weft.workspace.editing.wire import snapshot


def opened(tmp_path: Path, count: int) -> OpenDocument:
    nodes = {
        f"n{i}": Node(component="prompt", params={"prompt": f"{i}: {{{{topic}}}}{{{{p{i % 3}}}}}"})
        for i in range(count)
    }
    return OpenDocument(Workspace(tmp_path, env={}), "many", Flow(nodes=nodes), "")


def spread(sent: dict[str, Any]) -> dict[str, Any]:
    """As `static/canvas/fetching.js` does, without what an output has more than it needs."""
    kinds, parts = sent.pop("kinds"), sent.pop("parts")
    output = ("name", "type", "help")
    sent["ports"] = {
        node: {
            "inputs": [parts[part] for part in kinds[kind][0]],
            "outputs": [{name: parts[part][name] for name in output} for part in kinds[kind][1]],
        }
        for node, kind in sent["ports"].items()
    }
    return sent


def test_it_is_the_snapshot_with_each_port_written_once(tmp_path: Path) -> None:
    document = opened(tmp_path, 300)
    text = drawn(document)()
    whole = json.loads(json.dumps(snapshot(document)))
    assert spread(json.loads(text)) == whole
    assert len(text) < len(json.dumps(whole)) / 4


def test_it_is_made_once_for_each_revision(tmp_path: Path) -> None:
    document = opened(tmp_path, 3)
    first, again = drawn(document)(), drawn(document)()
    assert first == again
    waiting = drawn(document)
    document.submit(Transaction(changes=(SetParam(node="n1", name="prompt", value="{{other}}"),)), "ann")
    assert json.loads(drawn(document)())["flow"]["nodes"]["n1"]["params"] == {"prompt": "{{other}}"}
    assert json.loads(drawn(document)())["rev"] == 1
    assert waiting() == first, "what was asked for before the edit is the revision before it, whole"
