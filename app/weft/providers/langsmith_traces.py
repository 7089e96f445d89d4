"""Calls told to LangSmith, when its environment variables ask for that (`LANGSMITH_TRACING=true`).

langchain-core would tell all that was said. Here prompts and answers are only told if the workspace says so
(`[tracing] payloads = true`), and nothing that is, or looks like, a key ever: model, times, tokens and errors remain.
"""
# What its library takes and gives back isn't typed.
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from weft.providers.redaction import redact, scrub

if TYPE_CHECKING:
    from langchain_core.callbacks import BaseCallbackHandler
    from langsmith import Client

LONGEST_ERROR = 500
_SAID = ("inputs", "outputs", "events", "attachments")
_ABOUT = (
    "ls_provider",
    "ls_model_name",
    "ls_model_type",
    "ls_temperature",
    "ls_max_tokens",
    "usage_metadata",
)


def tracer(about: Mapping[str, Any], *, payloads: bool) -> "BaseCallbackHandler | None":
    """What tells LangSmith of a model's calls; None if nobody asked for that. `about` is noted with each."""
    from langsmith.utils import tracing_is_enabled

    if not tracing_is_enabled():
        return None
    from langchain_core.tracers.langchain import LangChainTracer

    return LangChainTracer(
        client=_client(payloads), metadata={key: str(value) for key, value in about.items()}
    )


def flush() -> None:
    """Send what is left: blocks."""
    for client in _clients.values():
        client.flush(timeout=5)


def close() -> None:
    """Send what is left, and let the connections go: blocks."""
    while _clients:
        _clients.popitem()[1].close(timeout=5)


_clients: "dict[bool, Client]" = {}


def _client(payloads: bool) -> "Client":
    if payloads not in _clients:
        _clients[payloads] = _made(payloads)
    return _clients[payloads]


def _made(payloads: bool) -> "Client":
    from langsmith import Client

    class Careful(Client):
        """Sends what may be told of a run, and no more."""

        def create_run(self, name: str, inputs: Any, run_type: Any, **more: Any) -> None:
            told = _told({**more, "inputs": inputs}, payloads)
            super().create_run(name, told.pop("inputs"), run_type, **told)

        def update_run(self, run_id: Any, **more: Any) -> None:
            super().update_run(run_id, **_told(more, payloads))

    return Careful()


def _told(run: dict[str, Any], payloads: bool) -> dict[str, Any]:
    told = {key: value for key, value in run.items() if key != "serialized"}
    if told.get("error"):
        told["error"] = redact(str(told["error"]).strip().splitlines()[0])[:LONGEST_ERROR]
    if payloads:
        return cast("dict[str, Any]", scrub(told))
    usage = _usage(told.get("outputs"))
    for name in _SAID:
        if told.get(name) is not None:
            told[name] = [] if name == "events" else {}
    if usage:
        told["outputs"] = {"usage_metadata": usage}
    extra = cast("dict[str, Any]", told.get("extra") or {})
    metadata = cast("dict[str, Any]", extra.get("metadata") or {})
    kept = {key: value for key, value in metadata.items() if key in _ABOUT or key.startswith("weft_")}
    told["extra"] = {"metadata": kept}
    return cast("dict[str, Any]", scrub(told))


def _usage(outputs: Any) -> Any:
    """The tokens of an answer, which are no secret."""
    try:
        return outputs["generations"][0][0]["message"]["kwargs"]["usage_metadata"]
    except (KeyError, IndexError, TypeError):
        return None
