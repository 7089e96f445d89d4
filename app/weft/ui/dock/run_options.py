"""What a run may spend, the session it goes on in, and what it would cost: below the inputs of the run form."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from weft.engine.budget import Budget
from weft.ui.elements import Box
from weft.ui.inspector.budget import read_dollars, read_tokens
from weft.ui.inspector.groups import GroupRow, SectionRow
from weft.ui.inspector.rows import ButtonRow, FieldRow, TextRow
from weft.ui.inspector.values import seconds
from weft.ui.keyed import Keyed

LIMITS: tuple[tuple[str, str, str, Callable[[str], Any]], ...] = (
    ("max_cost", "Most cost", "$", read_dollars),
    ("max_tokens", "Most tokens", "", read_tokens),
    ("max_time", "Most time", "s", seconds),
)


class RunOptions:
    """Keeps what was typed as long as the tab is open. `estimate` gives a sentence, `forget` lets a session go."""

    def __init__(
        self, estimate: Callable[[], Awaitable[str]], forget: Callable[[str], Awaitable[None]]
    ) -> None:
        self._estimate, self._forget = estimate, forget
        self._typed: dict[str, str] = {}
        self._errors: dict[str, str] = {}
        self._said = ""
        self.known: tuple[str, ...] = ()
        """The sessions of this flow."""
        self._rows = Keyed(Box("div", "w-run-options"))
        self.redraw()

    @property
    def session(self) -> str | None:
        return self._typed.get("session", "").strip() or None

    def budget(self) -> Budget | str | None:
        """The limits typed in, None without any, or what is wrong with them; the field says so too."""
        found: dict[str, Any] = {}
        self._errors = {}
        for name, _, _, read in LIMITS:
            if text := self._typed.get(name, "").strip():
                try:
                    found[name] = read(text)
                except ValueError as error:
                    self._errors[name] = str(error)
        self.redraw()
        if self._errors:
            return next(iter(self._errors.values()))
        return Budget.read(found) if found else None

    def sessions(self, names: Iterable[str]) -> None:
        """Those of this flow, to choose from."""
        if (found := tuple(names)) != self.known:
            self.known = found
            self.redraw()

    def redraw(self) -> None:
        limits = [self._field(name, label, badge, "no limit") for name, label, badge, _ in LIMITS]
        set_limits = sum(bool(self._typed.get(name)) for name, *_ in LIMITS)
        choices = [(name, name) for name in self.known]
        session = self._field(
            "session", "Session", "", "none: it begins anew", control="combo", choices=choices
        )
        rows: list[Any] = [session]
        if self.session in self.known:
            rows.append(
                ButtonRow(
                    key="run/forget", label="Forget this session", symbol="trash", on_click=self._let_go
                )
            )
        rows.append(GroupRow(key="run/limits", style="triple", rows=limits))
        if self._said:
            rows.append(TextRow(key=f"run/estimate/{self._said}", text=self._said))
        rows.append(
            ButtonRow(key="run/estimate", label="What would it cost?", symbol="info", on_click=self._ask)
        )
        parts = [f"{set_limits} limits" if set_limits else "", self.session or ""]
        self._rows.sync(
            [
                SectionRow(
                    key="run/options",
                    title="Session and limits",
                    rows=rows,
                    folds=True,
                    open=False,
                    summary=" · ".join(part for part in parts if part),
                )
            ]
        )

    def _field(self, name: str, label: str, badge: str, hint: str, **more: Any) -> FieldRow:
        def typed(text: str) -> None:
            self._typed[name] = text
            self._errors.pop(name, None)
            self.redraw()

        return FieldRow(
            key=f"run/{name}",
            label=label,
            badge=badge,
            placeholder=hint,
            value=self._typed.get(name, ""),
            error=self._errors.get(name, ""),
            on_change=typed,
            **more,
        )

    async def _ask(self) -> None:
        self._said = await self._estimate()
        self.redraw()

    async def _let_go(self) -> None:
        if (name := self.session) is not None:
            await self._forget(name)
            self._typed["session"] = ""
            self.redraw()
