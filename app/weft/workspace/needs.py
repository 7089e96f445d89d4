"""What runs of a workspace need, each made on its first use and closed together: models, secrets, store, cache."""

import asyncio
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast

from weft.workspace.naming import STATE
from weft.workspace.resolving import resolve
from weft.workspace.settings.contents import Settings, read_settings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from weft.engine.services import Services
    from weft.runs.earlier.step_cache import StepCacheFile
    from weft.runs.service import RunService
    from weft.runs.store.database import Database
    from weft.workspace.folder import Workspace
    from weft.workspace.mcp.servers import Servers
    from weft.workspace.settings.secret_store import Secrets
    from weft.workspace.settings.served import Served
    from weft.workspace.taping import Tape
    from weft.workspace.tracing import Tracing


class RunNeeds:
    """The part of a `Workspace` that holds what is opened and must be closed."""

    def __init__(self, root: Path, env: Mapping[str, str]) -> None:
        self.root = root
        self.env = env
        self.read_only = False
        """Whether it is to be looked at only: nothing is written then, by whoever asks."""
        self.recording = ""
        """Why runs aren't recorded here ("" when they are); known once `runs` was called."""
        self.tape: Tape | None = None
        """What records the answers of models and tools, or gives them again. Set before the first run."""
        self._database: Database | None = None
        self._step_cache: StepCacheFile | None = None
        self._runs: RunService | None = None
        self._tracing: Tracing | None = None
        self._secrets: Secrets | None = None
        self._served: Served | None = None
        self._resolvers: list[resolve.Resolver] = []

    @cached_property
    def settings(self) -> Settings:
        return read_settings(self.root)

    @property
    def default_model(self) -> str:
        """Who answers when neither node, run nor flow names a model."""
        from weft import providers

        if self.settings.model:
            return self.settings.model
        name = providers.default_model(self.env, None, self.secrets.has)
        provider = name.partition(":")[0]
        own = self.served.of(provider).model
        return f"{provider}:{own}" if own else name

    def services(self, model: "BaseChatModel | None" = None) -> "Services":
        """What the engine is given; a live `model` answers for every model named in the flow."""
        resolver = resolve.Resolver(cast("Workspace", self), model)
        self._resolvers.append(resolver)
        return resolver.services()

    def secret(self, name: str) -> str:
        """The value of a secret; `NotFound` without one."""
        return self.secrets.value(name)

    @property
    def secrets(self) -> "Secrets":
        """What is kept secret here, by name."""
        if self._secrets is None:
            from weft.workspace.settings.secret_store import Secrets

            self._secrets = Secrets(self.root, self.env)
        return self._secrets

    @property
    def served(self) -> "Served":
        """The providers of models as the settings have them."""
        if self._served is None:
            from weft.workspace.settings.served import Served

            self._served = Served(self.env, lambda: self.settings, lambda: self.secrets)
        return self._served

    @cached_property
    def mcp(self) -> "Servers":
        """The MCP servers that the settings name; none is started before one of their tools is called."""
        from weft.workspace.mcp.servers import Servers

        return Servers(self.root, self.env, lambda: self.settings.mcp, lambda: self.secrets)

    def runs(self) -> "RunService":
        """The runs of this workspace: recorded in its database, in memory where the folder can't be written."""
        if self._runs is None:
            from weft.workspace.recording import open_runs

            self._runs = open_runs(cast("Workspace", self))
        return self._runs

    def tracing(self) -> "Tracing":
        """What tells runs to OpenTelemetry."""
        if self._tracing is None:
            from weft.workspace.tracing import Tracing

            self._tracing = Tracing(self.settings.tracing)
        return self._tracing

    def database(self) -> "Database | None":
        """Where runs and edits are recorded; None where the folder can't be written, and `recording` says why."""
        if self._database is None:
            from weft.workspace.recording import open_database

            self._database, self.recording = open_database(cast("Workspace", self))
        return self._database

    def step_cache(self) -> "StepCacheFile | None":
        """The results of steps, shared by all who run flows here; None where nothing can be written."""
        if self._step_cache is None and self.database() is not None and not self.read_only:
            from weft.runs.earlier.step_cache import FILE, StepCacheFile

            self._step_cache = StepCacheFile(self.root / STATE / FILE)
        return self._step_cache

    async def close(self) -> None:
        """Stop the runs that `runs` started, write down what is left, and close connections."""
        if self._runs is not None:
            await self._runs.close()
            self._runs = None
        if "mcp" in self.__dict__:
            await self.mcp.close()
        if self._tracing is not None:
            await asyncio.to_thread(self._tracing.close)
            self._tracing = None
        if self._step_cache is not None:
            await self._step_cache.close()
            self._step_cache = None
        if self._database is not None:
            await self._database.close()
            self._database = None
        resolvers, self._resolvers = self._resolvers, []
        for resolver in resolvers:
            await resolver.close()
