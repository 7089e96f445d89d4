"""The few questions the editor asks, such as what to do about a file changed on disk."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from nicegui import ui

from weft.ui.elements import Box, Field, button
from weft.workspace.editing.told import ExternalChange


def opened(
    title: str, *, alert: bool = False, classes: str = "", heading: bool = True
) -> tuple[ui.dialog, Box]:
    """A dialog that is open, and the box its content goes into; Escape closes it. It is gone once it is hidden.

    Role and name are those of Quasar's outer element, which is what the browser shows to screen readers.
    """
    dialog = ui.dialog(value=True)
    dialog.props.update({"role": "alertdialog" if alert else "dialog", "aria-label": title})
    dialog.on("hide", dialog.delete, args=[])
    with dialog, Box("div", f"w-dialog {classes}".strip()) as box:
        if heading:
            Box("h2", text=title)
    return dialog, box


def ask(
    title: str, text: str, answers: Sequence[tuple[str, str, str]], on_answer: Callable[[str], Any]
) -> ui.dialog:
    """A question with buttons, each (answer, label, kind), the safest first: the focus is on it. Escape is no answer.
    Opens at once."""
    dialog, box = opened(title, alert=True)

    def answer(name: str) -> Callable[[], Any]:
        def run() -> Any:
            dialog.close()
            return on_answer(name)

        return run

    with box:
        Box("p", "w-muted", text)
        with Box("div", "w-dialog-foot"):
            for name, label, kind in answers:
                made = button(
                    label,
                    answer(name),
                    kind="primary" if kind == "primary" else "danger" if kind == "danger" else "plain",
                )
                focused(made.mark(f"answer-{name}"), name == answers[0][0])
    return dialog


def focused(box: Box, here: bool) -> Box:
    """Whether a dialog that opens puts the focus on this part of it."""
    return box.attributes(data_autofocus="" if here else None)


_CHANGED = (
    ("cancel", "Cancel", ""),
    ("compare", "See what differs", ""),
    ("overwrite", "Overwrite the file", ""),
    ("reload", "Reload", ""),
    ("copy", "Keep mine as a copy", "primary"),
)
_ANSWERS = {
    "changed": _CHANGED,
    "broken": (("cancel", "Cancel", ""), ("overwrite", "Overwrite the file", "primary")),
    "gone": (("cancel", "Cancel", ""), ("overwrite", "Save it again", "primary")),
}
_QUESTIONS = {
    "changed": "Reload the file and let go of what was changed here since, write this version over it, or keep this "
    "one as a flow of its own and then reload?",
    "broken": "Correct the file where it is, or write this version over it: what is there now is kept in .weft/aside.",
    "gone": "What is open here is kept. Save it under its old name again, or leave it.",
}


def changed_on_disk(name: str, change: ExternalChange | None, on_answer: Callable[[str], Any]) -> ui.dialog:
    """The file is not what this editor read. Answers: `reload`, `overwrite`, `copy` (this version as another flow)."""
    kind = change.kind if change else "changed"
    said = change.message if change else ""
    what = said or f"{name} was changed by another program since it was opened here."
    return ask("Changed on disk", f"{what} {_QUESTIONS[kind]}", _ANSWERS[kind], on_answer)


def edit_text(title: str, text: str, act: str, on_act: Callable[[str], Awaitable[str]]) -> ui.dialog:
    """A text to be changed; `on_act` gets it and says what is wrong, "" if nothing is: then the dialog closes."""
    dialog, box = opened(title, classes="w-dialog--wide")
    typed = [text]

    async def go() -> None:
        said = await on_act(typed[0])
        field.set(error=said)
        if not said:
            dialog.close()

    with box:
        field = Field("multiline", label=title, hide_label=True, name="dialog-text", begins=True)
        field.set(value=text, tall=True)
        field.handlers(lambda new: typed.__setitem__(0, new))
        with Box("div", "w-dialog-foot"):
            button("Cancel", dialog.close)
            button(act, go, kind="primary").mark("dialog-act")
    return dialog
