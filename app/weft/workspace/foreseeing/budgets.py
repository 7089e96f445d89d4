"""What a run here may spend: what was asked for, else what its flow says, else the workspace's setting."""

from typing import TYPE_CHECKING

from weft.engine.budget import Budget, of_run
from weft.model import Flow, WeftError
from weft.workspace.foreseeing.answering import answering

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from weft.providers.prices import Price
    from weft.workspace.folder import Workspace


def run_budget(
    workspace: "Workspace",
    flow: Flow,
    asked: Budget | None = None,
    model: "str | BaseChatModel | None" = None,
) -> Budget | None:
    """The budget of a run of `flow`, whose nodes `model` answers; None for no limit at all.

    Raises `WeftError` (`unknown-price`) if its cost is limited and a model that it would ask has no known price:
    such a limit could not be kept."""
    own = Budget(**workspace.settings.budget.model_dump())
    budget = (of_run(asked, flow) or Budget()).otherwise(own)
    if budget.max_cost is not None and (unknown := unpriced(workspace, flow, model)):
        names = ", ".join(repr(name) for name in unknown)
        raise WeftError(
            f"The price of {names} is unknown, so a limit on the cost can't be kept.",
            code="unknown-price",
            hint="Write it into prices.toml in the workspace ('weft prices' shows how), or limit the tokens instead.",
            retryable=False,
        )
    return budget or None


def unpriced(workspace: "Workspace", flow: Flow, model: "str | BaseChatModel | None") -> list[str]:
    """The models a run would ask whose price nobody knows."""
    if model is not None and not isinstance(model, str):
        from weft.providers.recording import model_name

        name = model_name(model)
        return [] if workspace.prices.of_model(model, name) is not None else [name]
    named = dict.fromkeys(one.model for one in answering(workspace, flow, model))
    return [name for name in named if price_of(workspace, name) is None]


def price_of(workspace: "Workspace", model: str) -> "Price | None":
    """What a model costs here, by its name alone; of several that may answer, the dearest."""
    from weft.providers.spec import OR

    found = [_price_of(workspace, workspace.served.named(one)) for one in model.split(OR)]
    known = [price for price in found if price is not None]
    return max(known, key=lambda price: (price.output, price.input)) if len(known) == len(found) else None


def _price_of(workspace: "Workspace", model: str) -> "Price | None":
    from weft.providers.accounts import address
    from weft.providers.registry import SERVED

    provider = SERVED.get(model.partition(":")[0].strip().lower())
    elsewhere = provider is not None and provider.elsewhere(address(provider, workspace.served.env))
    return workspace.prices.of(model, elsewhere=elsewhere)
