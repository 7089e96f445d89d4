"""The canonical text of a flow, which each of its runs pins: worked out once for each flow, as long as that lives."""

import asyncio
from weakref import ref

from weft.model.flow import Flow
from weft.model.text import dumps


class Texts:
    """Flows are never changed: one that was edited is another."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[ref[Flow], str]] = {}

    async def of(self, flow: Flow) -> str:
        """As `dumps`, and raises what that does."""
        place = id(flow)
        known = self._known.get(place)
        if known is not None and known[0]() is flow:
            return known[1]
        text = await asyncio.to_thread(dumps, flow)
        self._known[place] = (ref(flow, lambda _: self._known.pop(place, None)), text)
        return text
