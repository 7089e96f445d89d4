"""An open question of a run, to be answered in the Run tab: the text, the value, and what the answer needs."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, cast

from weft.model.flow import FlowInput
from weft.ui.dock.arguments import arguments, changed
from weft.ui.dock.run_form import control_of
from weft.ui.elements import Box, button
from weft.ui.inspector.interface_form import input_text
from weft.ui.inspector.rows import FieldRow
from weft.ui.keyed import Keyed
from weft.ui.looking import changes

Answer = Callable[[str, Any, int, int], Awaitable[str]]
"""Gives an answer to the question of the step at a path, of that number and as that event of the run put it; why it was
refused, "" if it was taken."""
ARGUMENT = "argument:"
MOST_SHOWN = 20_000
"""Characters of a question, or of the value it is about: the step's values hold the whole."""
MOST_BUTTONS = 6  # options that each get a button; more are a list to choose from


class AskForm:
    """Shows one question at a time; what was typed stays while it is the same question."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._path, self._number = "", -1
        self._question: dict[str, Any] = {}
        self._typed: dict[str, str | bool] = {}
        self._missing: list[str] = []
        with Box("div", "w-ask", attributes={"role": "group", "aria-label": "Question"}) as self.element:
            with Box("div", "w-ask-body"):
                self._text = Box("div", "w-ask-text", attributes={"aria-live": "polite"})
                self._value = Box("div", "w-ask-value")
                self._rows = Keyed(Box("div", "w-ask-fields"))
                self._late = Box("div", "w-field-help")
            with Box("div", "w-ask-foot"):
                self._error = Box("div", "w-field-error", attributes={"role": "alert"})
                with Box("div", "w-ask-act"):
                    self._beside = Keyed(Box("div", "w-ask-beside"))
                    self._buttons = Box("div", "w-ask-buttons")
        self.element.mark("ask").show(False)

    def show(self, path: str, question: dict[str, Any] | None) -> None:
        """The question of this step, or nothing."""
        self.element.show(question is not None)
        if question is None:
            self._path, self._number = "", -1
            return
        if path == self._path and _said(question) == _said(self._question):
            self._question = question
            return
        self._path, self._number, self._question = path, question["number"], question
        self._typed, self._missing = {}, []
        self._text.text = cut(str(question["text"]))
        value = question["value"] if question["kind"] != "edit" and not self._arguments() else None
        self._value.text = "" if value is None else cut(text_of(value))
        self._value.set_classes("w-ask-value" if isinstance(value, str) else "w-ask-value w-mono")
        self._value.show(value is not None)
        self._complain("")
        self._late.text = late(question)
        self._late.show(bool(self._late.text))
        self._draw_buttons()
        self._redraw()

    def _redraw(self) -> None:
        fields, beside = self._fields(), self._question["kind"] == "approve"
        self._rows.sync(self._arguments() if beside else fields)
        self._beside.sync(fields if beside else [])

    def _fields(self) -> list[FieldRow]:
        question = self._question
        match question["kind"]:
            case "approve":
                return [
                    self._row("remark", "Remark", "text", placeholder="Remark, if you like", hide_label=True)
                ]
            case "edit":
                text = "" if question["value"] is None else text_of(question["value"])
                mono = not isinstance(question["value"], str | None)
                return [self._row("value", "Value", "multiline", start=text, mono=mono, tall=True)]
            case "choose" if len(question["choices"]) > MOST_BUTTONS:
                labels = [(str(number), line(one)) for number, one in enumerate(question["choices"])]
                return [self._row("choice", "Choose", "select", start="0", choices=labels)]
            case "form":
                return [self._field(name, given) for name, given in question["fields"].items()]
            case _:
                return []

    def _arguments(self) -> list[FieldRow]:
        """Those of a call that whoever approves may change."""
        question = self._question
        found = arguments(question["changes"], question["value"]) if question.get("changes") else None
        return [
            self._row(
                f"{ARGUMENT}{one.name}",
                one.name,
                one.control,
                start=one.start,
                badge=one.badge,
                help=one.help,
                choices=one.choices,
                mono=one.mono,
            )
            for one in found or ()
        ]

    def _field(self, name: str, given: dict[str, Any]) -> FieldRow:
        declared = FlowInput.model_validate(given)
        start: str | bool = ""
        if declared.type == "boolean":
            start = bool(declared.default)
        elif declared.has_default:
            start = input_text(declared.default, declared)
        elif declared.choices:
            start = str(declared.choices[0])
        return self._row(
            name,
            name,
            control_of(declared),
            start=start,
            badge="" if declared.type == "text" else declared.type,
            help=declared.description,
            choices=[(str(choice), str(choice)) for choice in declared.choices],
            mono=declared.type.startswith(("json", "list", "messages")),
        )

    def _row(self, name: str, label: str, control: Any, *, start: str | bool = "", **more: Any) -> FieldRow:
        self._typed.setdefault(name, start)

        def typed(value: str | bool) -> None:
            self._typed[name] = value
            self._complain("")
            if self._missing:
                self._missing = self._left_out()
                self._redraw()

        key = f"ask/{self._path}/{self._number}/{name}"
        return FieldRow(
            key=key,
            control=control,
            label=label,
            value=self._typed[name],
            error="Fill this in." if name in self._missing else "",
            on_change=typed,
            **more,
        )

    def _left_out(self) -> list[str]:
        """Fields of a form that nothing was written into, and that an empty text can't be the value of."""
        given: dict[str, Any] = self._question["fields"] if self._question["kind"] == "form" else {}
        needs = (name for name, one in given.items() if not empty_fits(FlowInput.model_validate(one)))
        return [name for name in needs if self._typed[name] == ""]

    def _draw_buttons(self) -> None:
        question = self._question
        self._buttons.clear()
        with self._buttons:
            match question["kind"]:
                case "approve":
                    self._button("Approve", lambda: self._approval(True), primary=True)
                    self._button("Decline", lambda: self._approval(False))
                case "choose" if len(question["choices"]) <= MOST_BUTTONS:
                    for choice in question["choices"]:
                        self._button(line(choice), lambda choice=choice: choice)
                case "choose":
                    self._button(
                        "Choose", lambda: question["choices"][int(self._typed["choice"])], primary=True
                    )
                case "form":
                    self._button("Send", lambda: dict(self._typed), primary=True)
                case _:
                    self._button("Go on with this", self._edited, primary=True)

    def _button(self, label: str, answer: Callable[[], Any], *, primary: bool = False) -> None:
        async def send() -> None:
            self._missing = self._left_out()
            self._redraw()
            if self._missing:
                self._complain(f"Fill in {', '.join(map(repr, self._missing))} first.")
                return
            refused = await self._answer(self._path, answer(), self._number, self._question["event"])
            self._complain(refused)

        made = button(label, send, kind="primary" if primary else "plain")
        changes(made).mark(f"answer-{label}")

    def _approval(self, approved: bool) -> dict[str, Any]:
        told: dict[str, Any] = {"approved": approved, "remark": str(self._typed.get("remark", ""))}
        changes, value = self._question.get("changes"), self._question["value"]
        if approved and changes and isinstance(value, dict):
            said = {
                name.removeprefix(ARGUMENT): typed
                for name, typed in self._typed.items()
                if name.startswith(ARGUMENT)
            }
            now = changed(changes, cast("dict[str, Any]", value), said)
            told |= {"value": now} if now != value else {}
        return told

    def _edited(self) -> Any:
        """The value as it is when nobody touched it, else the text, for the run to read."""
        value, typed = self._question["value"], self._typed["value"]
        return value if value is not None and typed == text_of(value) else typed

    def _complain(self, why: str) -> None:
        self._error.text = why
        self._error.show(bool(why))


def late(question: dict[str, Any]) -> str:
    """What happens if nobody answers in time."""
    if "within" not in question:
        return ""
    then = "the step fails" if question["default"] is None else f"the answer is {line(question['default'])}"
    return f"Without an answer within {question['within']:g} s, {then}."


def empty_fits(declared: FlowInput) -> bool:
    """Whether an empty field is an answer: an empty text is one, and what has a default may be left out."""
    return declared.type in ("text", "any") or declared.has_default


def line(value: Any) -> str:
    """A value on a button."""
    text = " ".join(text_of(value).split())
    return text if len(text) <= 60 else f"{text[:59]}…"


def cut(text: str) -> str:
    """As much of a text as a page can show at once."""
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}… ({len(text):,} characters in all)"


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)


def _said(question: dict[str, Any]) -> dict[str, Any]:
    """All of it but when it was put: a run that is gone on with asks the same again."""
    return {name: value for name, value in question.items() if name != "event"}
