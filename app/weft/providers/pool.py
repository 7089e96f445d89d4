"""One live model for each name, address and key: made when first asked for, closed together."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from weft.providers.accounts import Keys, Ways, account, address, environment, found
from weft.providers.rate_limits import NO_LIMIT, Gate, RateLimit, gate
from weft.providers.registry import SERVED, client
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
        keys: Keys | None = None,
        ways: Ways | None = None,
    ) -> None:
        self._env = os.environ if env is None else env
        self._keys = keys or environment(self._env)
        self._ways = ways
        self._root = root
        self._limits = limits or {}
        self._models: dict[tuple[Any, ...], BaseChatModel] = {}
        self._closing: list[Callable[[], Awaitable[None]]] = []

    def chat_model(
        self, spec: str, *, base_url: str | None = None, api_key: str | None = None
    ) -> "BaseChatModel":
        """The live model for `"provider:model"`; address and key default to the usual environment variables.

        Raises StepFailed with a sentence: unknown provider, no key, a package or a file that is missing."""
        parsed = parse_spec(spec)
        if parsed.provider not in SERVED:
            key = (str(parsed),)
            if key not in self._models:
                self._models[key] = self._local(parsed)
            return self._models[key]
        given = {"base_url": base_url, "api_key": api_key}
        asked = account(parsed, self._env, keys=self._keys, ways=self._ways, **given)
        key = (str(parsed), *asked[2:])
        if key not in self._models:
            built = client(asked.provider).build(asked)
            self._closing.append(built.close)
            self._models[key] = built.model
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
        provider = SERVED.get(parsed.provider)
        if provider is None:  # no server that could ask for fewer requests
            return gate(parsed.provider, limit, self._root) if limit != NO_LIMIT else None
        where = address(provider, self._env)
        return gate(parsed.provider, limit, self._root, where, found(provider, where, self._keys))

    async def close(self) -> None:
        """Close every connection. The models are of no use afterwards; asking again makes new ones."""
        closing, self._closing = self._closing, []
        self._models.clear()
        for close in closing:
            await close()

    def _local(self, spec: Spec) -> "BaseChatModel":
        if spec.provider == "demo":
            from weft.providers.demo import DemoModel

            return DemoModel()
        from weft.providers.scripted import ScriptedModel, load_answers

        path = Path(spec.model).expanduser()
        if self._root is None:
            return ScriptedModel(load_answers(path, spec.model))
        path = self._root / path
        inside = path.is_relative_to(self._root)
        return ScriptedModel(load_answers(path, str(path.relative_to(self._root)) if inside else spec.model))


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
    if provider in SERVED:
        client(SERVED[provider]).load()
    elif provider == "scripted":
        import weft.providers.scripted  # pyright: ignore[reportUnusedImport]
    else:
        import weft.providers.demo  # noqa: F401  # pyright: ignore[reportUnusedImport]


def _pool() -> ModelPool:
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return ModelPool()
    return _pools.setdefault(loop, ModelPool())
