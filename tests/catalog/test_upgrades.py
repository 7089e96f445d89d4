"""Bringing nodes to today's version of their component."""

from collections.abc import Mapping
from typing import Any

import pytest

from weft import WeftError, component
from weft.catalog import Catalog, upgraded
from weft.model import Flow, from_json
from weft.model.edits import apply


def flow(**node: Any) -> Flow:
    nodes = {
        "source": {"component": "source"},
        "more": {"component": "source"},
        "it": {"component": "shout", **node},
    }
    return from_json({"format": 1, "nodes": nodes})


def brought(document: Flow, catalog: Catalog) -> dict[str, Any]:
    found = upgraded("it", document.nodes["it"], catalog)
    assert found is not None
    after, inverse = apply(document, found)
    assert apply(after, inverse)[0] == document
    node = after.nodes["it"]
    return {"component": node.component, "params": node.params, "inputs": node.inputs}


def rename(params: dict[str, Any], version: int) -> dict[str, Any]:
    """From 1 to 2 `text` was called `phrase`; from 2 to 3 `loud` became a number."""
    if version < 2 and "phrase" in params:
        params["text"] = params.pop("phrase")
    if version < 3:
        params["times"] = 2 if params.pop("loud", False) else 1
    return params


@component(version=3, upgrade=rename)
async def shout(text: str, more: list[str] = [], times: int = 1) -> str:  # noqa: B006
    return text * times


CATALOG = Catalog([shout])


def test_params_are_changed_over_several_versions() -> None:
    assert brought(flow(params={"phrase": "ho", "loud": True}), CATALOG) == {
        "component": "shout@3",
        "params": {"text": "ho", "times": 2},
        "inputs": {},
    }


def test_the_version_a_node_was_written_for_counts() -> None:
    node = {"component": "shout@2", "params": {"phrase": "kept", "text": "ho"}}
    assert brought(flow(**node), CATALOG)["params"] == {"phrase": "kept", "text": "ho", "times": 1}


def test_a_wire_moves_with_its_port_and_others_stay() -> None:
    document = flow(inputs={"phrase": "source", "more": ["more", "source"]})
    assert brought(document, CATALOG) == {
        "component": "shout@3",
        "params": {"times": 1},
        "inputs": {"text": "source", "more": ["more", "source"]},
    }


def test_a_list_of_wires_moves_in_order_and_a_dropped_port_is_unwired() -> None:
    def moved(params: dict[str, Any]) -> Mapping[str, Any]:
        return {"more": params["texts"]}

    @component(name="shout", version=2, upgrade=moved)
    async def other(more: list[str]) -> str:
        return ""

    document = flow(inputs={"texts": ["more", "source"], "gone": "source"})
    assert brought(document, Catalog([other]))["inputs"] == {"more": ["more", "source"]}


def test_without_an_upgrade_only_the_version_changes() -> None:
    @component(name="shout", version=2)
    async def plain(text: str) -> str:
        return text

    assert brought(flow(params={"text": "x"}), Catalog([plain])) == {
        "component": "shout@2",
        "params": {"text": "x"},
        "inputs": {},
    }


@pytest.mark.parametrize("name", ["shout@3", "shout@4", "unknown", "shout@x"])
def test_there_is_nothing_to_bring(name: str) -> None:
    document = flow(component=name)
    assert upgraded("it", document.nodes["it"], CATALOG) is None


def test_an_upgrade_that_fails_is_told() -> None:
    def broken(params: dict[str, Any]) -> dict[str, Any]:
        return {"text": params["phrase"] + "!"}

    @component(name="shout", version=2, upgrade=broken)
    async def other(text: str) -> str:
        return text

    document = flow(inputs={"phrase": "source"})
    with pytest.raises(WeftError) as failed:
        upgraded("it", document.nodes["it"], Catalog([other]))
    assert failed.value.code == "upgrade-failed"
    assert failed.value.message.startswith("The upgrade of 'shout' from version 1 failed: TypeError")
