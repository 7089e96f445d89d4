"""Elements whose browser half asks for what it shows, a page at a time: `ask(what, args)` there, an answer from here."""

from collections.abc import Callable, Mapping
from inspect import isawaitable
from pathlib import Path
from typing import Any

from nicegui.events import GenericEventArguments

from weft.model.errors import WeftError
from weft.ui.elements import Thing
from weft.ui.errors import below


class Asking(Thing):
    """`answers` says what can be asked for, by name; each is called with the arguments that were sent. What it raises
    as a `WeftError` is told where it was asked, with files named from the folder `root` on; an answer may be awaited."""

    def __init__(self, answers: Mapping[str, Callable[..., Any]], root: Path | None = None) -> None:
        super().__init__()
        self._answers, self._root = answers, root
        self.on("ask", self._asked)

    async def _asked(self, event: GenericEventArguments) -> None:
        number, what = event.args["number"], str(event.args["what"])
        given: dict[str, Any] = event.args.get("args") or {}
        handler = self._answers.get(what)
        if handler is None:
            self.run_method("answer", number, None, f"There is no {what!r} to be asked for.")
            return
        try:
            found = handler(**given)
            found = await found if isawaitable(found) else found
        except WeftError as error:
            said = f"{error.message} {error.hint}".strip()
            said = below(self._root, said) if self._root is not None else said
            self.run_method("answer", number, None, said)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            self.run_method("answer", number, None, f"That can't be shown: {error}.")
        else:
            self.run_method("answer", number, found, "")
