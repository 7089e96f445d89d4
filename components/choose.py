"""One of two values, by a condition."""

from typing import Annotated, Any

from weft import Expression, component


@component(pure=True, ui={"title": "Choose", "category": "Logic", "icon": "call_split", "color": "#8b5cf6"})
async def choose(
    condition: Annotated[Expression, "Such as score >= 7; each name becomes a port"],
    then: Annotated[Any, "The value if it holds"],
    otherwise: Annotated[Any, "The value if it doesn't"] = None,
) -> Any:
    """Take one of two values, by a condition."""
    return then if condition else otherwise
