"""A model that gives its step a record of every call, and waits for its turn before each."""

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.language_models import BaseChatModel

    from weft.providers.prices import Prices
    from weft.providers.rate_limits import Gate


class CallSink(Protocol):
    """Who takes the records: the engine's scope of one step.

    It may also have `open_call`, `open_call_now` (let a call go, or refuse it) and `wait_for` (say what it waits
    for), `path` and `run_id`."""

    def record_call(self, call: dict[str, Any], /) -> None: ...


def bind(
    model: "BaseChatModel",
    scope: CallSink,
    *,
    prices: "Prices | None" = None,
    gate: "Gate | None" = None,
    payloads: bool = False,
    windows: "Sequence[int | None]" = (),
) -> "BaseChatModel":
    """A copy of the model, sharing its client, that gives `scope` a record of every call, failed ones too:
    `{model, messages: [{role, content}], answer, usage, cost, seconds, finish}` and `error: {code, message}`.

    `cost` is in dollars by `prices` (the shipped ones), None if it isn't known. `estimated` says that the server
    counted no tokens and they were counted here. Each call waits at `gate` first, and is then let go by the scope.
    `windows` are how many tokens it takes, or each of the models it stands for; without any, as its maker says.

    Where LangSmith is told of calls, `payloads` says whether it is told what was said in them."""
    from weft.providers.calls import Recorder
    from weft.providers.langsmith_traces import tracer
    from weft.providers.prices import list_prices
    from weft.providers.taking import not_taken
    from weft.providers.turns import Turn
    from weft.providers.windows import WINDOW

    callbacks = model.callbacks
    before: list[Any] = list(callbacks if isinstance(callbacks, list) else getattr(callbacks, "handlers", ()))
    name = model_name(model)
    price = (prices or list_prices()).of_model(model, name)
    streams = bool((model.metadata or {}).get("weft_streams"))
    more: dict[str, Any] = {"streams": streams, "without": not_taken(model)}
    recorder = Recorder(name, scope, price=price, gate=gate, most=_most(model), **more)
    about = {"weft_run": getattr(scope, "run_id", ""), "weft_step": getattr(scope, "path", "")}
    traced = tracer(about, payloads=payloads)
    told = [] if traced is None else [traced]
    update: dict[str, Any] = {
        "callbacks": [*before, recorder, *told],
        "rate_limiter": Turn(recorder, model.rate_limiter),
    }
    if windows:
        update["metadata"] = {**(model.metadata or {}), WINDOW: list(windows)}
    return model.model_copy(update=update)


def model_name(model: "BaseChatModel") -> str:
    """The name a flow would give this model."""
    named = (model.metadata or {}).get("weft_model")
    for attribute in ("model_name", "model", "name"):
        named = named or getattr(model, attribute, None)
    return str(named or type(model).__name__)


def _most(model: "BaseChatModel") -> int | None:
    """The tokens that an answer of the model may have, if it is set up so."""
    for attribute in ("max_tokens", "max_completion_tokens", "max_output_tokens"):
        value = getattr(model, attribute, None)
        if isinstance(value, int) and value > 0:
            return value
    return None
