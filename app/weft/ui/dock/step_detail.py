"""What one step did: its text as it comes, the messages as sent, its values, its figures, its error."""

import json
from typing import Any, Literal

from weft.engine.cost import told
from weft.runs.state import StepState
from weft.ui.dock.ask_form import Answer, AskForm
from weft.ui.dock.calls import draw_calls
from weft.ui.dock.streamed import Stream
from weft.ui.dock.thinking import Thinking
from weft.ui.elements import Box, icon
from weft.ui.figures import duration
from weft.ui.tabs import Tabs, tab

View = Literal["output", "messages", "values"]
VIEWS: tuple[tuple[View, str], ...] = (("output", "Output"), ("messages", "Messages"), ("values", "Values"))
WORDS = {"succeeded": "done", "paused": "asks you"}


class StepDetail:
    """The right part of the Run tab."""

    def __init__(self, answer: Answer) -> None:
        self._view: View = "output"
        self._step: StepState | None = None
        self._question: dict[str, Any] | None = None
        self._messages_shown: Any = None
        self._values_shown: Any = None
        with Box("div", "w-detail") as self.element:
            self._empty = Box("div", "w-empty", "Choose a step to see what it did.")
            self._inner = Box("div", "w-detail")
            with self._inner:
                self._draw_head()
                self._error = Box("div", "w-detail-error")
                self._ask = AskForm(answer)
                with Box("div", "w-detail-body") as self._body:
                    self._thinking = Thinking()
                    self._stream = Stream("Output of the step")
                    self._messages = Box("div")
                    self._values = Box("div")
        self._inner.show(False)

    def _draw_head(self) -> None:
        with Box("div", "w-detail-head"):
            self._title = Box("span", "w-detail-title")
            self._chip = Box("span", "w-chip")
            self._figures = Box("span", "w-badge w-grow w-ellipsis")
            with Tabs("What to show", classes="w-segments"):
                self._segments = {view: self._segment(view, label) for view, label in VIEWS}

    def _segment(self, view: View, label: str) -> Box:
        element = tab("w-segment", label)
        element.on("click", lambda: self._choose(view), args=[])
        element.mark(f"view-{view}")
        return element

    def _choose(self, view: View) -> None:
        self._view = view
        self.show(self._title.text, self._step, self._question)

    def show(self, title: str, step: StepState | None, question: dict[str, Any] | None = None) -> None:
        """The step as it is now, or an invitation to choose one. What it asks takes the place of what it gave."""
        self._step, self._question = step, question
        self._ask.show(step.path if step else "", question)
        self._body.show(question is None or self._view != "output")
        self._empty.show(step is None)
        self._inner.show(step is not None)
        if step is None:
            return
        self._title.text = title
        self._chip.text = WORDS.get(step.status, step.status)
        self._chip.set_classes(f"w-chip w-chip--{step.status}")
        self._figures.text = figures(step)
        self._figures.attributes(
            title=f"{step.usage.get('input_tokens', 0):,} tokens in, {step.usage.get('output_tokens', 0):,} out"
        )
        for view, segment in self._segments.items():
            segment.attributes(aria_selected="true" if view == self._view else "false")
        self._show_error(step)
        self._stream.set_visibility(self._view == "output" and bool(output_text(step) or not trouble(step)))
        self._thinking.show(step, wanted=self._view == "output")
        self._messages.show(self._view == "messages")
        self._values.show(self._view == "values")
        self._stream.show(output_text(step), mono=is_data(step))
        if self._view == "messages":
            self._show_messages(step)
        elif self._view == "values":
            self._show_values(step)

    def _show_error(self, step: StepState) -> None:
        wanted = trouble(step)
        if self._error.prop("data-shown") == repr(wanted):
            return
        self._error.attributes(data_shown=repr(wanted))
        self._error.clear()
        if wanted is None:
            return
        tone, message, hint = wanted
        with self._error, Box("div", f"w-box w-box--{tone}"):
            icon("error" if tone == "error" else "info")
            with Box("div", "w-grow"):
                Box("div", text=message)
                if hint:
                    Box("div", "w-box-hint", hint)

    def _show_messages(self, step: StepState) -> None:
        if self._messages_shown == (step.path, len(step.calls), step.status):
            return
        self._messages_shown = (step.path, len(step.calls), step.status)
        self._messages.clear()
        with self._messages:
            if not step.calls:
                text = (
                    "It asked no model."
                    if step.status != "running"
                    else "They appear when the model has answered."
                )
                Box("div", "w-empty", text)
            draw_calls(step.calls)

    def _show_values(self, step: StepState) -> None:
        if self._values_shown == (step.path, step.status, step.attempt):
            return
        self._values_shown = (step.path, step.status, step.attempt)
        self._values.clear()
        with self._values:
            if not step.value:
                Box("div", "w-empty", "No values yet.")
            for port, value in (step.value or {}).items():
                _draw_text(port, text_of(value), mono=not isinstance(value, str))
            if step.cut:
                Box("div", "w-empty", "Long values are cut here. Open the run's data to see them whole.")


def output_text(step: StepState) -> str:
    """The text a step gave: as streamed, or how far it is, and once it is done its main value."""
    if step.status == "succeeded" and step.value:
        return text_of(next(iter(step.value.values())))
    if step.status == "running" and step.progress is not None and not step.text:
        return f"{step.progress[0]:,} of {step.progress[1]:,}"
    return step.text


def is_data(step: StepState) -> bool:
    """Whether its main value is no text but JSON, which is easier to read in columns."""
    return bool(step.value) and not isinstance(next(iter(step.value.values())), str)


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)


def trouble(step: StepState) -> tuple[str, str, str] | None:
    """What stopped a step: tone, sentence, what to do."""
    if step.error and step.status in ("failed", "cancelled"):
        tone = "error" if step.status == "failed" else "muted"
        return tone, str(step.error.get("message", "")), str(step.error.get("hint") or "")
    if step.because and step.status == "skipped":
        return "muted", str(step.because.get("message") or step.because.get("reason") or "Skipped."), ""
    return None


def figures(step: StepState) -> str:
    """Time, tokens, cost, calls, attempts, in a line; what it waits for, while it does."""
    if step.waits:
        return step.waits
    parts: list[str] = []
    if step.seconds is not None and not step.cached:
        parts.append(duration(step.seconds))
    usage = step.usage
    if tokens := usage.get("input_tokens", 0) + usage.get("output_tokens", 0):
        parts.append(f"{tokens:,} tokens")
    if cost := told(step.cost, step.unpriced_calls):
        parts.append(cost)
    if usage.get("calls", 0) > 1:
        parts.append(f"{usage['calls']} calls")
    if step.put or step.cached:
        parts.append((step.put or "cached") + (f" from run …{step.origin[-6:]}" if step.origin else ""))
    if step.attempt > 1:
        parts.append(f"attempt {step.attempt}")
    return " · ".join(parts)


def _draw_text(head: str, text: str, *, mono: bool = False) -> None:
    with Box("div", "w-message"):
        Box("div", "w-message-role", head)
        Box("div", f"w-message-text{' w-mono' if mono else ''}", text)
