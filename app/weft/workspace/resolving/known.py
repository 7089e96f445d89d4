"""What a component may ask of the workspace about a model that it names in a text: its price, and how it is reached."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from weft.providers.accounts import account, address
from weft.providers.registry import SERVED
from weft.providers.spec import Spec

if TYPE_CHECKING:
    from weft.providers.provider import Account
    from weft.workspace.folder import Workspace
    from weft.workspace.resolving.resolve import Home


class Known:
    """`ctx.here` of the steps of a workspace's runs."""

    def __init__(self, home: "Home") -> None:
        self._home = home

    def cost(self, model: str, usage: Mapping[str, int]) -> float | None:
        """Dollars by the workspace's prices; None if they aren't known."""
        from weft.workspace.foreseeing.budgets import price_of

        price = price_of(cast("Workspace", self._home), model)
        return None if price is None else price.of(usage)

    def server(self, provider: str) -> str:
        """The address of a provider."""
        return address(SERVED[provider], self._home.served.env)

    def account(self, spec: Spec, key: str | None) -> "Account":
        """Whom to ask, with this key or the one that is kept. Raises `StepFailed`."""
        served = self._home.served
        return account(spec, served.env, keys=served.key, api_key=key, ways=served.ways)
