"""Models: who could answer here, what the others lack, and one call to see whether one does."""

from collections.abc import Sequence

from weft.engine.cost import dollars
from weft.model.errors import WeftError
from weft.providers.choices import Choice
from weft.ui.elements import Box, Page, button
from weft.workspace import Workspace
from weft.workspace.resolving.trying import Tried, tried


class Models:
    """Keys are named and never shown: each lies among the secrets, or in the environment."""

    def __init__(self, workspace: Workspace, page: Page, choices: Sequence[Choice], default: str) -> None:
        self._workspace, self._page = workspace, page
        Box("p", "w-muted", f"{default} answers where neither run, node nor flow names a model.")
        with Box("div", "w-list"):
            for choice in sorted(choices, key=lambda one: not one.ready):
                self._row(choice)

    def _row(self, choice: Choice) -> None:
        with Box("div", "w-list-row").mark(f"provider-{choice.name}"):
            with Box("div", "w-grow w-list-text"):
                with Box("div", "w-row"):
                    Box("b", text=choice.title)
                    ready = "ready" if choice.ready else "not set up"
                    Box("span", f"w-chip{' w-chip--ok' if choice.ready else ''}", ready)
                about = choice.address or choice.about
                Box("div", "w-muted w-small", about if choice.ready else f"To set it up: {choice.lacks}")
                said = Box("div", "w-small w-list-said", attributes={"role": "status"}).show(False)
            if choice.ready and choice.models:
                test = button("Test one call", small=True).mark(f"test-{choice.name}")
                test.on("click", lambda: self._try(choice.models[0], said, test), args=[])

    async def _try(self, model: str, said: Box, test: Box) -> None:
        test.attributes(disabled=True)
        said.show(True).text = f"Asking {model} for one word…"
        try:
            said.text = told(await tried(self._workspace, model))
        except WeftError as error:
            said.text = f"{error.message} {error.hint}".strip()
        finally:
            test.attributes(disabled=None)


def told(one: Tried) -> str:
    """What came of the call, in a line."""
    if one.error is not None:
        return f"{one.model} did not answer: {one.error.message} {one.error.hint}".strip()
    cost = "at an unknown price" if one.cost is None else f"for {dollars(one.cost)}"
    return f"{one.model} said “{one.answer}” in {one.seconds:.2f} s, {one.tokens} tokens, {cost}."
