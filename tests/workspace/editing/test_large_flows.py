"""Flows of 10,000 nodes: opened, checked and planned in bounded memory, and an edit costs what it touches."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.soak.large_flow import SHAPES
from tests.soak.loads import in_child, workspace_of

from weft.engine.check import incremental
from weft.model import Problem, Transaction
from weft.model.flow import Node
from weft.workspace.editing.documents import Documents


@pytest.mark.parametrize("shape", ["grid", "star"])
def test_ten_thousand_nodes_take_little_memory(shape: str) -> None:
    assert shape in SHAPES
    took = in_child("tests.soak.large_flow", shape, 10_000)
    assert (took["nodes"], took["problems"]) == (10_000, 0)
    assert took["peak"] < 300


async def test_an_edit_reads_one_node_of_a_large_flow_again(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    of_node = incremental._Known._of_node  # type: ignore[reportPrivateUsage]

    def watched(self: Any, name: str, node: Node) -> Iterator[Problem]:
        looked.append(name)
        return of_node(self, name, node)

    with workspace_of(2_000) as workspace:
        document = await Documents(workspace).open("large")
        assert not document.problems
        monkeypatch.setattr(incremental._Known, "_of_node", watched)  # type: ignore[reportPrivateUsage]
        change = {"op": "set-param", "node": "n0", "name": "prompt", "value": "Another"}
        document.submit(Transaction.model_validate({"changes": [change]}), "ann")
        assert not document.problems
        await workspace.close()
    assert 0 < len(looked) < 20
