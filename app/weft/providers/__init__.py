"""Models by name: `"provider:model"` becomes a live langchain-core chat model.

    openai:gpt-4.1-mini       OpenAI, or any server that speaks its chat completions protocol
    anthropic:..., google:..., mistral:..., bedrock:..., ollama:..., azure:..., openrouter:..., vllm:...
                              the other providers (`registry.py`), each through its own client
    scripted:answers.json     the answers of a table, in order or by question; for tests
    demo                      the embedded one: offline, deterministic, says that it is no real model

Importing this package is cheap: langchain and the clients are imported by the first call that needs them.
"""

from typing import TYPE_CHECKING, Any

from weft.providers.attachments import attached
from weft.providers.completeness import ensure_complete, finish
from weft.providers.conversation import messages, plain, reasoning, text, usage
from weft.providers.explanations import explain
from weft.providers.listed import about_cost
from weft.providers.pool import ModelPool, accepts_schema, chat_model, close, live_model
from weft.providers.recording import bind
from weft.providers.settings import call_options, either
from weft.providers.shrinking import Fit
from weft.providers.spec import DEFAULT_OPENAI, PROVIDERS, Spec, default_model, parse_chain, parse_spec
from weft.providers.tool_use import ToolUse, answered

if TYPE_CHECKING:
    from weft.providers.demo import DemoModel
    from weft.providers.scripted import ScriptedModel

__all__ = [
    "DEFAULT_OPENAI",
    "PROVIDERS",
    "DemoModel",
    "Fit",
    "ModelPool",
    "ScriptedModel",
    "Spec",
    "ToolUse",
    "about_cost",
    "accepts_schema",
    "answered",
    "attached",
    "bind",
    "call_options",
    "chat_model",
    "close",
    "default_model",
    "either",
    "ensure_complete",
    "explain",
    "finish",
    "live_model",
    "messages",
    "parse_chain",
    "parse_spec",
    "plain",
    "reasoning",
    "text",
    "usage",
]


def __getattr__(name: str) -> Any:
    match name:
        case "ScriptedModel":
            from weft.providers.scripted import ScriptedModel

            return ScriptedModel
        case "DemoModel":
            from weft.providers.demo import DemoModel

            return DemoModel
        case _:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
