"""A text that grows on the screen."""

from weft.ui import assets
from weft.ui.elements import Thing


class Stream(Thing):
    """Growing text; only what is new is sent."""

    component = assets.component("stream.js")

    def __init__(self, label: str) -> None:
        super().__init__()
        self.put({"label": label})
        self._shown = ""

    def show(self, text: str, *, mono: bool) -> None:
        """Make it hold `text`, sending only what differs from what it holds."""
        self.put({"mono": mono})
        if text == self._shown:
            return
        start = len(self._shown) if text.startswith(self._shown) else 0
        # JavaScript counts UTF-16 units, and so must the place of the new text.
        self.run_method("put", len(text[:start].encode("utf-16-le")) // 2, text[start:])
        self._shown = text
