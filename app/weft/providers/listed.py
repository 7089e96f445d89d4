"""What a call would cost by the prices where it is made, else by the list, about, from its text alone."""

from typing import Any

from weft.providers.estimating import about_conversation
from weft.providers.prices import list_prices
from weft.providers.spec import OR


def about_cost(model: str, prompt: str, answer_tokens: int, ctx: Any = None) -> float | None:
    """Dollars for one call, of several models that may answer the dearest; None if a price isn't known. `ctx` is the
    step's, whose workspace may have prices of its own."""
    used = {"input_tokens": about_conversation([{"content": prompt}]), "output_tokens": answer_tokens}
    if (here := getattr(ctx, "here", None)) is not None:
        return here.cost(model, used)
    prices = [list_prices().of(one.strip()) for one in model.split(OR)]
    known = [price.of(used) for price in prices if price is not None]
    return max(known) if len(known) == len(prices) else None
