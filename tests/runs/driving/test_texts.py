"""The text that a run pins is worked out once for a flow, and goes with it."""

import asyncio
import gc

import pytest

from weft.model import from_json
from weft.model.errors import WeftError
from weft.model.flow import Flow
from weft.model.text import dumps
from weft.runs.driving.texts import Texts


def flow(name: str) -> Flow:
    return from_json({"format": 1, "name": name, "nodes": {"a": {"component": "prompt"}}})


async def test_a_flow_has_one_text_and_an_edited_one_another() -> None:
    texts, tea = Texts(), flow("tea")
    first = await texts.of(tea)
    assert first == dumps(tea)
    assert await texts.of(tea) is first
    edited = tea.model_copy(update={"name": "coffee"})
    assert await texts.of(edited) == dumps(edited) != first
    assert await texts.of(tea) is first


async def test_texts_of_flows_that_are_gone_are_gone() -> None:
    texts = Texts()
    flows = [flow(f"tea {number}") for number in range(50)]
    for made in flows:
        assert await texts.of(made) == dumps(made)
    assert len(texts._known) == 50
    made = None
    flows.clear()
    await asyncio.get_running_loop().shutdown_default_executor()  # its threads hold what they did last
    gc.collect()
    assert not texts._known


async def test_a_flow_that_has_no_text_is_refused_each_time() -> None:
    texts, wrong = Texts(), flow("tea").model_copy(update={"description": "\ud800"})
    for _ in range(2):
        with pytest.raises(WeftError):
            await texts.of(wrong)
