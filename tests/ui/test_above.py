"""What the form of a node offers: all that can be taken, nothing that waits for the node, the right types."""

from pathlib import Path
from typing import Any, cast

from weft.catalog.kinds import PortType
from weft.model import Flow, Node
from weft.model.changes import Connect, RemoveNode, SetAfter, Transaction
from weft.model.flow import FlowInput
from weft.ui.inspector.above import Above
from weft.ui.session import Session
from weft.workspace import Workspace
from weft.workspace.editing.documents import OpenDocument

ANY, MESSAGES = PortType("any"), PortType("messages")


class Tab:
    def __init__(self, root: Path) -> None:
        def prompt(**inputs: Any) -> Node:
            return Node(component="prompt", params={"prompt": "{{topic}}"}, inputs=inputs)

        nodes = {
            "a": prompt(topic="inputs.topic"),
            "b": prompt(topic="a"),
            "c": prompt(topic="b"),
            "d": prompt(),
        }
        flow = Flow(inputs={"topic": FlowInput(type="text")}, nodes=nodes)
        self.document = OpenDocument(Workspace(root, env={}), "some", flow, "")
        self.above = Above(cast(Session, self))

    @property
    def flow(self) -> Flow:
        return self.document.flow

    def does(self, *changes: Any) -> None:
        self.document.submit(Transaction(changes=changes), "ann")

    def offered(self, node: str, kind: PortType = ANY) -> set[str]:
        return {ref for ref, _ in self.above.sources(node)(kind)}


def test_what_waits_for_a_node_is_not_offered_to_it(tmp_path: Path) -> None:
    tab = Tab(tmp_path)
    assert {"inputs.topic", "d"} <= tab.offered("a")
    assert not {"a", "b", "c"} & tab.offered("a")
    assert {"a", "b", "d", "inputs.topic"} <= tab.offered("c")
    tab.does(SetAfter(node="d", after=["c"]))
    assert "d" not in tab.offered("a")
    tab.does(RemoveNode(id="b"))
    assert {"c", "d"} <= tab.offered("a")
    tab.does(Connect(node="a", port="topic", ref="d"))
    assert not {"a", "d"} & tab.offered("d")


def test_only_what_fits_is_offered_and_its_type_is_known(tmp_path: Path) -> None:
    tab = Tab(tmp_path)
    assert "a.messages" in tab.offered("d", MESSAGES)
    assert "inputs.topic" in tab.offered("d", PortType("text"))
    assert tab.above.type_of("a.messages") == "messages"
    assert tab.above.type_of("nobody") == "any"
    assert tab.above.outputs()[0][0] == "inputs.topic"
