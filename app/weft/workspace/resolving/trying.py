"""One call of a model, to see whether it answers: what it said, its tokens, its time, its cost."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weft.model.errors import StepFailed
from weft.workspace.resolving.resolve import pool_of

if TYPE_CHECKING:
    from weft.workspace.folder import Workspace

PROMPT = "Answer with the one word: ready"


@dataclass(frozen=True, slots=True)
class Tried:
    """`error` is what went wrong, as a step would fail with it."""

    model: str
    answer: str = ""
    tokens: int = 0
    seconds: float = 0.0
    cost: float | None = None
    error: StepFailed | None = None


class _Calls:
    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    def record_call(self, call: dict[str, Any], /) -> None:
        self.calls.append(call)


async def tried(workspace: "Workspace", model: str) -> Tried:
    """Ask the model once, for one word."""
    from weft import providers

    model = workspace.served.named(model)
    pool = pool_of(workspace)
    calls, began = _Calls(), time.monotonic()
    try:
        live = providers.bind(await pool.live_model(model), calls, prices=workspace.prices)
        answer = await live.ainvoke(providers.messages([{"role": "user", "content": PROMPT}]))
        providers.ensure_complete(answer)
    except Exception as error:  # what it is depends on the client
        failure = providers.explain(error)
        if failure is None:
            raise
        seconds = calls.calls[-1]["seconds"] if calls.calls else time.monotonic() - began
        return Tried(model, seconds=seconds, error=failure)
    finally:
        await pool.close()
    used = calls.calls[-1]["usage"]
    tokens = used.get("input_tokens", 0) + used.get("output_tokens", 0)
    said = " ".join(providers.text(answer).split())[:80]
    return Tried(model, said, tokens, calls.calls[-1]["seconds"], calls.calls[-1]["cost"])
