"""A number computed from others."""

from typing import Annotated

from weft import Expression, WeftError, component


@component(pure=True, ui={"title": "Math", "category": "Logic", "icon": "calculate", "color": "#8b5cf6"})
async def math(
    formula: Annotated[Expression, "Such as round(price * count, 2); each name becomes a port"],
) -> float:
    """Compute a number."""
    if isinstance(formula, bool) or not isinstance(formula, int | float):
        raise WeftError(
            f"The formula gave {type(formula).__name__} instead of a number: {str(formula)[:60]!r}.",
            code="wrong-type",
            hint="Use `choose` for a condition, `text` for a text, or number(...) in the formula.",
            retryable=False,
        )
    return formula
