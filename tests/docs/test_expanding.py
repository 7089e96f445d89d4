"""What docs/expanding.md shows is what there is."""

import json
import re
from pathlib import Path

from weft.catalog import stock_root
from weft.testing import ScriptedModel, load_component, run_flow

TEXT = (stock_root() / "docs" / "expanding.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    [found] = re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    return found


def test_the_schema_of_a_plan_is_the_one_that_expand_checks() -> None:
    expand = load_component(stock_root() / "components" / "expand.py")
    assert json.loads(block("json")) == expand.function.__globals__["PLAN"]


async def test_the_component_works_as_it_says(tmp_path: Path) -> None:
    path = tmp_path / "second_opinion.py"
    path.write_text('"""An example."""\n\n' + block("python"))
    flow = {
        "format": 1,
        "nodes": {
            "check": {"component": "second_opinion", "params": {"claim": "{{It}} rains."}},
            "answer": {
                "component": "prompt",
                "params": {"prompt": "Well?"},
                "inputs": {"context": ["check"]},
            },
        },
    }
    model = ScriptedModel({"What speaks against this? {{It}} rains.": "The sun.", "Well?": "No."})
    result = await run_flow(flow, model=model, components=[load_component(path)])
    assert result.error is None
    assert model.requests[0][0]["content"] == "You doubt what you read."
    assert [message["content"] for message in model.requests[1][1:]] == [
        "What speaks against this? {{It}} rains.", "The sun.", "Well?"
    ]  # fmt: skip
    assert set(result.values) == {"check", "check_doubt", "answer"}
