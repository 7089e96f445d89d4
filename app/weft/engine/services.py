"""What the engine is given from outside: how references become live values, and how errors are explained."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from weft.catalog.loader import Catalog
from weft.model.errors import StepFailed
from weft.model.flow import Defaults


class CallHold(Protocol):
    """What a budget holds for a call in flight."""

    def settle(self, tokens: int, cost: float | None) -> None:
        """It is over, and used this much."""
        ...


class Knows(Protocol):
    """What decides which model a step asks, beside its own port."""

    @property
    def flow_defaults(self) -> Defaults: ...
    @property
    def model(self) -> str | None:
        """The model chosen for the whole run, which wins over the flow's."""
        ...


class StepScope(Knows, Protocol):
    """What a resolver may know of the step it resolves for, and tell it."""

    @property
    def path(self) -> str: ...
    @property
    def run_id(self) -> str: ...
    @property
    def catalog(self) -> Catalog: ...
    @property
    def attempt(self) -> int: ...
    @property
    def idempotency_key(self) -> str: ...

    def emit(self, text: str) -> None:
        """Show a piece of the answer as it grows."""
        ...

    def think(self, text: str) -> None:
        """Show a piece of what a model thinks before it answers."""
        ...

    async def open_call(
        self, need: Callable[[], tuple[int, float | None]], who: object = None
    ) -> CallHold | None:
        """Ask to make a call that needs about so many tokens and dollars (None: nobody knows): waits until the step's
        budget surely allows it. `who` is the task that waits. None if there is no budget, and `need` isn't asked then.

        Raises `StepFailed` (`budget-exceeded`, `unknown-price`)."""
        ...

    def open_call_now(self, need: Callable[[], tuple[int, float | None]]) -> CallHold | None:
        """The same without waiting, for a call that blocks the loop."""
        ...

    def wait_for(self, reason: str, message: str) -> None:
        """Say what the step waits for."""
        ...

    def record_call(self, call: Mapping[str, Any]) -> None:
        """Note one call of a model: `model`, `messages`, `answer`, `usage`, `cost`, `seconds`, `finish`."""
        ...


Resolver = Callable[[Any, StepScope], Any | Awaitable[Any]]
"""Makes the live thing of what the document holds: `"openai:gpt-5-mini"`, a secret's name, a path, a flow's name.

Called once in each attempt of a step; None stands for a port nobody filled."""


Identity = Callable[[Any, Knows], str | Awaitable[str | None] | None]
"""What a live thing would be, told without making it: who would answer, the digest of a file's content. None when
that can't be told, and a step that takes it is never cached."""


class Clean(Protocol):
    """What may be shown and kept of the events of a run: it is asked once for each, in their order."""

    def __call__(self, kind: str, path: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Of an event's data; the same object if it may be shown as it is."""
        ...

    def passes(self, kinds: Sequence[str], held: Sequence[Any]) -> bool:
        """Whether events of these kinds that hold this needn't be looked at one by one. Quick, as most do."""
        ...


def _explain_nothing(error: Exception) -> StepFailed | None:
    return None


@dataclass(frozen=True)
class Services:
    """`resolvers` by kind of port: `model`, `secret`, `file`, `flow`. `explain` turns an error of a model provider
    into what a person can act on, or says None if it doesn't know it. `identities` by kind, `model` and `file`, say
    what a cached result depends on."""

    resolvers: Mapping[str, Resolver] = field(default_factory=dict[str, Resolver])
    explain: Callable[[Exception], StepFailed | None] = _explain_nothing
    identities: Mapping[str, Identity] = field(default_factory=dict[str, Identity])
    clean: Callable[[], Clean] | None = None
    """Makes what cleans the events of one run of secrets."""
    here: Any = None
    """What is known where the run takes place, for what a component calls; to the engine it is nothing."""
