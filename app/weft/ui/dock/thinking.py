"""What a model thinks: shown apart while it comes, folded once the answer begins."""

from weft.runs.state import StepState
from weft.ui.dock.streamed import Stream
from weft.ui.elements import Box


class Thinking:
    """Above the output of a step. It folds and unfolds by itself when the answer begins; a person may at any time."""

    def __init__(self) -> None:
        self._live: bool | None = None
        self._path = ""
        with Box("details", "w-thinking").mark("thinking") as self.element:
            self._head = Box("summary", "w-thinking-head")
            self._stream = Stream("What the model thinks")
        self.element.show(False)

    def show(self, step: StepState, *, wanted: bool) -> None:
        """The thoughts of this step; nothing if there are none, or something else is looked at."""
        thought = thoughts(step)
        self.element.show(wanted and bool(thought))
        if not thought:
            return
        live = step.status == "running" and not step.text
        if (self._live, self._path) != (live, step.path):
            self._live, self._path = live, step.path
            self._head.text = "Thinking…" if live else "What it thought"
            self.element.attributes(open=live)
        self._stream.show(thought, mono=False)


def thoughts(step: StepState) -> str:
    """Those that come now, else those of its calls."""
    return step.thought or "\n\n".join(str(call["reasoning"]) for call in step.calls if call.get("reasoning"))
