"""What a flow has learnt, kept in the run's state: a list that grows, or an object.

A list gets the items it hasn't got yet, an object the entries, a newer one in the place of an older of that name; what
is nothing (null, an empty text) is left out. When there are more than `most`, the oldest go. In a session, the next run
finds it. The state's initial value says whether it is a list or an object; where there is nothing, what comes first does.
"""
# What is inside JSON isn't known before it is looked at.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

from typing import Annotated, Any

from weft import Context, WeftError, component


@component(ui={"title": "Remember", "category": "Data", "icon": "bookmark_add", "color": "#12b47f"})
async def remember(
    value: Annotated[Any, "What to add: an item, a list of items, or an object of entries"],
    at: Annotated[str, "Where in the state, such as knowledge.places"],
    ctx: Context,
    most: Annotated[int, "How many are kept, the newest"] = 100,
) -> Any:
    """Add to a list or an object in the state, and give all of it."""
    path = at.removeprefix("state.").strip()
    if not path or most < 1:
        raise WeftError(
            "It must be said where in the state to remember it, and how many: at least one.",
            code="bad-param",
            retryable=False,
        )
    known = ctx.state.get(path)
    if known is None:
        known = {} if isinstance(value, dict) else []
    if isinstance(known, dict) and isinstance(value, dict):
        kept: Any = {name: item for name, item in known.items() if name not in value} | value
        kept = dict([(name, item) for name, item in kept.items() if not _nothing(item)][-most:])
    elif isinstance(known, list):
        new = value if isinstance(value, list) else [value]
        kept = list(known)
        kept += [item for place, item in enumerate(new) if item not in known and item not in new[:place]]
        kept = [item for item in kept if not _nothing(item)][-most:]
    else:
        raise WeftError(
            f"At {path!r} in the state there is {_called(known)}, to which {_called(value)} can't be added.",
            code="wrong-type",
            hint="Let the state begin with a list or an object there.",
            retryable=False,
        )
    if kept != ctx.state.get(path):
        ctx.state.set(path, kept)
    return kept


def _nothing(item: Any) -> bool:
    return item is None or (isinstance(item, str) and not item.strip())


def _called(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
    return names.get(type(value), "a number")
