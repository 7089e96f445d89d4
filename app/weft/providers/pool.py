"""One live model for each name, address and key: made when first asked for, closed together."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from weft.providers.rate_limits import NO_LIMIT, Gate, RateLimit, gate
from weft.providers.spec import Spec, parse_spec

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


class ModelPool:
    """Owns the models of one event loop, since a client's connections belong to the loop that opened them."""

    def __init__(
        self,
        env: Mapping[str, str] | None = None,
        *,
        root: Path | None = None,
        limits: Mapping[str, RateLimit] | None = None,
    ) -> None:
        self._env = os.environ if env is None else env
        self._root = root
        self._limits = limits or {}
        self._models: dict[tuple[str, str | None, str | None], BaseChatModel] = {}
        self._clients: list[Any] = []

    def chat_model(
        self, spec: str, *, base_url: str | None = None, api_key: str | None = None
    ) -> "BaseChatModel":
        """The live model for `"provider:model"`; address and key default to the usual environment variables.

        Raises StepFailed with a sentence: unknown provider, no key, a package or a file that is missing."""
        parsed = parse_spec(spec)
        base_url, api_key = self._account(parsed, base_url, api_key)
        key = (str(parsed), base_url, api_key)
        if key not in self._models:
            self._models[key] = self._make(parsed, base_url, api_key)
        return self._models[key]

    async def live_model(
        self, spec: str, *, base_url: str | None = None, api_key: str | None = None
    ) -> "BaseChatModel":
        """`chat_model` for code on the event loop: the first time, clients are imported in a thread meanwhile."""
        provider = parse_spec(spec).provider
        if provider not in _loaded:
            await asyncio.to_thread(_load, provider)
            _loaded.add(provider)
        return self.chat_model(spec, base_url=base_url, api_key=api_key)

    def gate(self, spec: str) -> Gate | None:
        """Where calls of the model wait for their turn: one gate for all runs, for each provider and account."""
        parsed = parse_spec(spec)
        limit = self._limits.get(parsed.provider, NO_LIMIT)
        if parsed.provider != "openai" and limit == NO_LIMIT:
            return None  # no server that could ask for fewer requests
        return gate(parsed.provider, limit, self._root, *self._account(parsed, None, None))

    def _account(
        self, spec: Spec, base_url: str | None, api_key: str | None
    ) -> tuple[str | None, str | None]:
        if spec.provider != "openai":
            return base_url, api_key
        known = self._env.get("OPENAI_BASE_URL") or self._env.get("OPENAI_API_BASE") or None
        return base_url or known, api_key or self._env.get("OPENAI_API_KEY") or None

    async def close(self) -> None:
        """Close every connection. The models are of no use afterwards; asking again makes new ones."""
        clients, self._clients = self._clients, []
        self._models.clear()
        for client in clients:
            await client.aclose()

    def _make(self, spec: Spec, base_url: str | None, api_key: str | None) -> "BaseChatModel":
        match spec.provider:
            case "demo":
                from weft.providers.demo import DemoModel

                return DemoModel()
            case "scripted":
                from weft.providers.scripted import ScriptedModel, load_answers

                path = Path(spec.model).expanduser()
                return ScriptedModel(load_answers(self._root / path if self._root else path))
            case _:
                from weft.providers.openai import openai_model

                model, client = openai_model(spec.model, base_url=base_url, api_key=api_key)
                self._clients.append(client)
                return model


_pools: WeakKeyDictionary[asyncio.AbstractEventLoop, ModelPool] = WeakKeyDictionary()


def chat_model(spec: str, *, base_url: str | None = None, api_key: str | None = None) -> "BaseChatModel":
    """The live model for a name, from the pool of the running event loop. See `ModelPool.chat_model`."""
    return _pool().chat_model(spec, base_url=base_url, api_key=api_key)


async def live_model(
    spec: str, *, base_url: str | None = None, api_key: str | None = None
) -> "BaseChatModel":
    """The live model for a name, its client imported in a thread. See `ModelPool.live_model`."""
    return await _pool().live_model(spec, base_url=base_url, api_key=api_key)


async def close() -> None:
    """Close what `chat_model` opened on this event loop."""
    if pool := _pools.pop(asyncio.get_running_loop(), None):
        await pool.close()


def accepts_schema(model: "BaseChatModel") -> bool:
    """Whether the model takes the call argument `weft_schema=` (a JSON Schema its answer is to be an instance of)."""
    from weft.providers.local import LocalModel

    return isinstance(model, LocalModel)


_loaded: set[str] = set()


def _load(provider: str) -> None:
    match provider:
        case "openai":
            from weft.providers.openai import load

            load()
        case "scripted":
            import weft.providers.scripted  # pyright: ignore[reportUnusedImport]
        case _:
            import weft.providers.demo  # noqa: F401  # pyright: ignore[reportUnusedImport]


def _pool() -> ModelPool:
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return ModelPool()
    return _pools.setdefault(loop, ModelPool())
