"""Models: who could answer here, what the others lack, and one call to see whether one does."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from weft.engine.cost import dollars
from weft.model.errors import WeftError
from weft.providers.choices import Choice
from weft.providers.registry import SERVED
from weft.ui.elements import Box, Page, button
from weft.ui.models import providers_of
from weft.ui.settings.provider_form import ProviderForm
from weft.workspace import Workspace
from weft.workspace.resolving.trying import Tried, tried


class Models:
    """Keys are named and never shown: each lies among the secrets, or in the environment. `on_key` asks for the secret of
    that name, `on_written` is called once `weft.toml` is another."""

    def __init__(
        self,
        workspace: Workspace,
        page: Page,
        on_key: Callable[[str], Any],
        on_written: Callable[[], Awaitable[None]],
    ) -> None:
        self._workspace, self._page, self._on_key, self._on_written = workspace, page, on_key, on_written
        self._about = Box("p", "w-muted")
        self._list = Box("div", "w-list")

    async def show(self) -> None:
        """As it is now."""
        # Both look at files, and naming a model loads its client.
        default = await asyncio.to_thread(lambda: self._workspace.default_model)
        choices = await asyncio.to_thread(providers_of, self._workspace)
        self._about.text = f"{default} answers where neither run, node nor flow names a model."
        self._list.clear()
        with self._list:
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
            provider = SERVED.get(choice.name)
            if provider is None:
                return
            if choice.lacks.startswith("weft secrets set"):
                key = button("Keep its key", lambda: self._on_key(provider.keys[0]), small=True)
                key.mark(f"key-{choice.name}").attributes(aria_label=f"Keep the key of {choice.title}")
            form = ProviderForm(self._workspace, self._page, choice, self._on_written)
            with Box("span", attributes={"data-field": f"provider-{choice.name}"}):
                edit = button("Edit", form.open, small=True).mark(f"edit-{choice.name}")
            edit.attributes(aria_label=f"Edit {choice.title}")

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
