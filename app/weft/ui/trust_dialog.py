"""The sheet that a person reads before a flow from elsewhere may run: all it can do, told from its document alone."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from nicegui import ui

from weft.model.errors import WeftError
from weft.model.flow import Flow
from weft.ui.dialogs import focused, opened
from weft.ui.elements import Box, Page, button
from weft.ui.session import Session
from weft.workspace import Workspace
from weft.workspace.foreseeing.estimate import estimate
from weft.workspace.importing import Remark
from weft.workspace.trust import Sheet, Use, sheet

NOTHING = {
    "Code": "It brings no code.",
    "Secrets": "It names no secret.",
    "Hosts": "It asks no server but those of its models.",
    "Files": "It touches no file.",
    "Tools": "Its models get no tools.",
}
MOST_CODE = 4_000  # characters of one piece of code that are shown
Answers = Sequence[tuple[str, str]]


async def sheet_of(workspace: Workspace, flow: Flow) -> Sheet:
    """With what it would cost, where that can be told."""
    made = await asyncio.to_thread(sheet, flow, workspace.catalog)
    try:
        found = await estimate(workspace, flow)
    except WeftError as unknown:
        return made.with_cost(unknown.message)
    return made.with_cost(found.sentence())


async def allowed(session: Session, page: Page, again: Callable[[], Any]) -> bool:
    """Whether the flow that is open may run. If it, or one that it runs, was brought here and nobody has trusted it yet,
    the sheet is shown; `again` is called once a person has."""
    workspace, flow, slug = session.document.workspace, session.whole.flow, session.document.slug
    wanting = await asyncio.to_thread(workspace.trusted.wanting, flow, workspace.catalog, slug)
    if not wanting:
        return True

    async def answered(answer: str) -> None:
        if answer == "give":
            give = workspace.trusted.give
            await asyncio.to_thread(give, flow, workspace.catalog, slug=slug, by="the editor")
            await again()

    lead = " ".join(f"{name} was brought here from {source}." for name, source in wanting.items())
    made = await sheet_of(workspace, flow)
    answers = (("cancel", "Not now"), ("give", "Trust it and run"))
    with page:
        show_sheet(
            f"Trust “{flow.name or slug}”?", made, answers, answered, lead=f"{lead} This is what it can do:"
        )
    return False


def show_sheet(
    title: str,
    made: Sheet,
    answers: Answers,
    on_answer: Callable[[str], Any],
    *,
    lead: str = "",
    remarks: Sequence[Remark] = (),
) -> ui.dialog:
    """Ask with the sheet; answers are (name, label), the first of them is what Escape is too."""
    dialog, box = opened(title, alert=True, classes="w-dialog--wide w-trust")

    def answer(name: str) -> Callable[[], Any]:
        def run() -> Any:
            dialog.close()
            return on_answer(name)

        return run

    with box:
        if lead:
            Box("p", "w-muted", lead)
        with Box(
            "div",
            "w-trust-body",
            attributes={"tabindex": "0", "role": "group", "aria-label": "What it can do"},
        ):
            for remark in remarks:
                tone = "warning" if remark.kind != "changed" else "info"
                Box("div", f"w-box w-box--{tone}", remark.message)
            for heading, uses in made.sections():
                if uses or heading in NOTHING:
                    _section(heading, uses)
            if made.cost:
                with Box("section", "w-trust-section"):
                    Box("h3", text="Cost")
                    Box("div", text=made.cost)
        with Box("div", "w-dialog-foot"):
            for index, (name, label) in enumerate(answers):
                kind = "primary" if index == len(answers) - 1 else "plain"
                focused(button(label, answer(name), kind=kind).mark(f"answer-{name}"), index == 0)
    return dialog


def _section(heading: str, uses: Sequence[Use]) -> None:
    with Box("section", "w-trust-section"):
        Box("h3", text=heading)
        if not uses:
            Box("div", "w-muted", NOTHING[heading])
            return
        with Box("ul", "w-trust-list"):
            for use in uses:
                _use(use, code=heading == "Code")


def _use(use: Use, *, code: bool) -> None:
    with Box("li"):
        if code:
            more = len(use.name) - MOST_CODE
            Box(
                "pre",
                "w-trust-code w-mono",
                use.name[:MOST_CODE] + (f"\n… and {more:,} characters more" if more > 0 else ""),
            )
        else:
            Box("span", "w-trust-name", use.name)
        said = ", ".join(
            part for part in (use.note, f"in {', '.join(use.nodes)}" if use.nodes else "") if part
        )
        if said:
            Box("span", "w-muted w-small", said)
