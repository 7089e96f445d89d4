"""Who is told of a JSON Schema while tools may be called, and who only afterwards."""

from typing import Any

import pytest

from weft import providers
from weft.providers.fallback import FallbackModel
from weft.providers.pool import ModelPool

SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "string"}},
    "required": ["a"],
    "additionalProperties": False,
}
ENV = {
    "OPENAI_API_KEY": "k",
    "ANTHROPIC_API_KEY": "k",
    "GOOGLE_API_KEY": "k",
    "MISTRAL_API_KEY": "k",
    "OLLAMA_HOST": "http://127.0.0.1:9",
    "VLLM_BASE_URL": "http://127.0.0.1:9",
}


@pytest.mark.parametrize(
    ("name", "both", "either"),
    [
        ("openai:gpt-4.1-mini", True, False),
        ("anthropic:claude-sonnet-4-5", True, False),
        ("google:gemini-2.5-flash", False, True),
        ("mistral:mistral-small-latest", False, True),
        ("ollama:llama3", False, True),
        ("vllm:any", False, True),
        ("demo", True, False),
    ],
)
async def test_of_both_only_those_are_told_that_take_both(name: str, both: bool, either: bool) -> None:
    pool = ModelPool(ENV)
    model = await pool.live_model(name)
    alone: dict[str, Any] = providers.call_options(model, schema=SCHEMA)
    beside: dict[str, Any] = providers.call_options(model, schema=SCHEMA, tools=True)
    assert alone != {}
    assert beside == (alone if both else {})
    assert providers.either(model) is either
    assert providers.either(FallbackModel(models=[model])) is either
    await pool.close()
