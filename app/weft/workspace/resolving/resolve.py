"""How what a flow names becomes live for one step: a model, a secret, a file, another flow.

The engine calls these while a step runs, never while a flow is opened or checked.
"""

import asyncio
import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast
from weakref import WeakKeyDictionary

from weft.model import Flow, from_json
from weft.model.errors import StepFailed, WeftError
from weft.workspace.flows.flowfiles import read_flow

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from weft.engine.services import Knows, Services, StepScope
    from weft.providers import ModelPool
    from weft.providers.prices import Prices
    from weft.providers.rate_limits import Gate, RateLimit
    from weft.workspace.settings.secret_store import Secrets
    from weft.workspace.settings.served import Served
    from weft.workspace.taping import Tape


class Home(Protocol):
    """What resolving needs to know of a workspace."""

    @property
    def root(self) -> Path: ...
    @property
    def env(self) -> Mapping[str, str]: ...
    @property
    def default_model(self) -> str: ...
    @property
    def rate_limits(self) -> "Mapping[str, RateLimit]": ...
    @property
    def secrets(self) -> "Secrets": ...
    @property
    def served(self) -> "Served": ...
    @property
    def prices(self) -> "Prices": ...
    @property
    def tape(self) -> "Tape | None": ...
    def find(self, slug: str) -> Path: ...


class Resolver:
    """Owns the models of a workspace's runs. A live `model` answers instead of every named one, a `tape`
    (the workspace's, if none is given) may answer for those."""

    def __init__(self, home: Home, model: "BaseChatModel | None" = None, tape: "Tape | None" = None) -> None:
        self._home = home
        self._model = model
        self._tape = tape or home.tape
        self._gate: Gate | None = None
        self._flows: dict[Path, tuple[tuple[int, int, int], Flow]] = {}
        # A client's connections belong to the loop that opened them.
        self._pools: WeakKeyDictionary[asyncio.AbstractEventLoop, ModelPool] = WeakKeyDictionary()

    def services(self) -> "Services":
        """What the engine is given."""
        from weft import providers
        from weft.engine.services import Services
        from weft.providers.redaction import Recorded
        from weft.workspace.resolving.identities import identities
        from weft.workspace.resolving.known import Known

        table = {"model": self.model, "secret": self.secret, "file": self.file, "flow": self.flow}
        more: dict[str, Any] = {"identities": identities(self), "clean": Recorded, "here": Known(self._home)}
        return Services(resolvers=table, explain=providers.explain, **more)

    async def model(self, value: Any, scope: "StepScope") -> "BaseChatModel":
        """The step's own model, else the run's, the flow's, the workspace's, what the environment has a key for."""
        from weft import providers

        if self._model is not None:
            return providers.bind(self._model, scope, prices=self._home.prices, gate=self._live_gate())
        name, named_by_flow = self.name_of(value, scope)
        served, plain = self._home.served, [one.strip() for one in name.split("|")]
        names = [self._placed(one, named_by_flow) for one in plain]
        name = " | ".join(names)
        if self._tape is not None and (played := self._tape.model(name, named=named_by_flow)) is not None:
            return providers.bind(
                played, scope, prices=self._home.prices, windows=served.windows(" | ".join(plain))
            )
        pool = self._pool()

        async def bound(one: str) -> "BaseChatModel":
            live = await pool.live_model(one)
            more: dict[str, Any] = {
                "payloads": served.payloads,
                "windows": served.windows(dict(zip(names, plain, strict=True))[one]),
            }
            return providers.bind(live, scope, prices=self._home.prices, gate=pool.gate(one), **more)

        if len(names) == 1:
            return await bound(name)
        from weft.providers.fallback import first_of

        return await first_of(names, bound, scope)

    def _placed(self, name: str, named_by_flow: bool) -> str:
        """A flow is data: the table it names lies where the files that flows name do, and nowhere else."""
        if not named_by_flow or not name.startswith("scripted:"):
            return name
        return f"scripted:{inside(self._home.root / 'files', name.removeprefix('scripted:'))}"

    def name_of(self, value: Any, knows: "Knows") -> tuple[str, bool]:
        """Who answers, and whether the flow itself names it; "" when a live model was given, which has no name."""
        if self._model is not None:
            return "", False
        named_by_flow = value or (None if knows.model else knows.flow_defaults.model)
        name = str(named_by_flow or knows.model or self._home.default_model)
        names = (self._home.served.named(one) for one in name.split("|"))
        return " | ".join(names), bool(named_by_flow)

    @property
    def env(self) -> Mapping[str, str]:
        return self._home.served.env

    def secret(self, value: Any, scope: "StepScope") -> Any:
        from weft.catalog import Secret

        if value is None:
            return None
        name = reference(value, "secret")
        try:
            return Secret(name, self._home.secrets.value(name), partial(self._home.secrets.allow, name))
        except WeftError as missing:
            raise _failed(missing) from None

    def file(self, value: Any, scope: "Knows") -> Path | None:
        if value is None:
            return None
        return inside(self._home.root / "files", reference(value, "file"))

    def flow(self, value: Any, scope: "StepScope") -> Flow | None:
        try:
            match value:
                case None | Flow():
                    return value
                case dict():
                    return from_json(cast("dict[str, Any]", value))
                case _:
                    return self._read(self._home.find(str(value)))
        except WeftError as problem:
            raise _failed(problem) from None

    def _read(self, path: Path) -> Flow:
        """The flow in a file: read once as long as the file is the same, for each item of a map may ask for it."""
        try:
            found = path.stat()
        except OSError:
            return read_flow(path)  # which says what is wrong
        state = (found.st_mtime_ns, found.st_size, found.st_ino)
        known = self._flows.get(path)
        if known is None or known[0] != state:
            known = self._flows[path] = (state, read_flow(path))
        return known[1]

    def _pool(self) -> "ModelPool":
        loop = asyncio.get_running_loop()
        if loop not in self._pools:
            self._pools[loop] = pool_of(self._home)
        return self._pools[loop]

    def _live_gate(self) -> "Gate | None":
        """The gate of a model that was given live: its own, since what account it uses isn't known."""
        from weft.providers import accepts_schema
        from weft.providers.rate_limits import NO_LIMIT, Gate

        if self._model is None or accepts_schema(self._model):
            return None
        if self._gate is None:
            named = "openai" if getattr(self._model, "_llm_type", "") == "openai-chat" else ""
            self._gate = Gate(
                named or type(self._model).__name__, self._home.rate_limits.get(named, NO_LIMIT)
            )
        return self._gate

    async def close(self) -> None:
        """Close the connections opened on this loop."""
        if pool := self._pools.pop(asyncio.get_running_loop(), None):
            await pool.close()


def pool_of(home: Home) -> "ModelPool":
    """The models of a workspace, asked as its settings say."""
    from weft.providers import ModelPool

    served = home.served
    return ModelPool(served.env, root=home.root, limits=home.rate_limits, keys=served.key, ways=served.ways)


def reference(value: Any, kind: str) -> str:
    """The name in `{"$secret": name}` or `{"$file": path}`, however it is held; a text is the name itself."""
    if isinstance(value, dict):
        return str(cast("dict[str, Any]", value).get(f"${kind}"))
    return (
        value
        if isinstance(value, str)
        else str(getattr(value, "name" if kind == "secret" else "path", value))
    )


def inside(folder: Path, text: str) -> Path:
    """The path `text` within `folder` and nowhere else: not absolute, no `..`, no dot-file, no link leading out."""
    path = Path(text)
    parts = path.parts[1:] if path.parts[:1] == ("files",) else path.parts
    bad = (
        "it is empty" if not parts
        else "it is absolute" if path.is_absolute() or ":" in text or "\\" in text or "\x00" in text
        else "it has a part that starts with a dot" if any(part.startswith(".") for part in parts)
        else ""
    )  # fmt: skip
    found = folder.joinpath(*parts)
    if not bad and not Path(os.path.realpath(found)).is_relative_to(os.path.realpath(folder)):
        bad = "a link in it leads out"
    if bad:
        raise StepFailed(
            f"The file {text[:200]!r} is not inside the workspace's 'files': {bad}.",
            code="file-outside",
            hint="Put the file in the workspace's folder 'files' and name it from there.",
            retryable=False,
        )
    return found


def _failed(problem: WeftError) -> StepFailed:
    return StepFailed(problem.message, code=problem.code, hint=problem.hint, retryable=False)
