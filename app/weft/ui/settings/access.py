"""Tokens with which programs reach the server: made, listed, taken back. A token is shown once."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol

from weft.model.errors import WeftError
from weft.ui import dialogs
from weft.ui.elements import Box, Field, Page, button

SCOPES = (
    ("read", "Look at flows and runs"),
    ("edit", "Change flows"),
    ("run", "Run flows"),
    ("approve", "Answer what runs ask"),
    ("secrets", "Manage secrets"),
    ("admin", "Everything else, tokens too"),
)


class Tokens(Protocol):
    """Who makes and takes back the tokens of programs."""

    def new_token(self, name: str, scopes: Iterable[Any], *, days: float = ...) -> str: ...
    def tokens(self) -> list[Mapping[str, Any]]: ...
    def revoke_token(self, token_id: str) -> None: ...


class Access:
    def __init__(self, tokens: Tokens | None, page: Page) -> None:
        self._page = page
        Box(
            "p",
            "w-muted",
            "Programs send a token to the HTTP API. Each has only the rights that you give it.",
        )
        if tokens is None:
            Box("div", "w-empty", "This server gives no tokens.")
            return
        self._tokens = tokens
        self._name, self._days, self._scopes = "", "90", {"read"}
        self._list = Box("div", "w-list")
        with Box("div", "w-settings-form"):
            with Box("div", "w-settings-grid"):
                name = Field(
                    on_change=lambda text: setattr(self, "_name", text), label="Name", name="token-name"
                )
                name.set(placeholder="nightly build", pause=50)
                days = Field(
                    on_change=lambda text: setattr(self, "_days", text), label="Good for", name="token-days"
                )
                days.set(value="90", badge="days", pause=50)
                self._first = name
            with Box("div", "w-settings-checks", attributes={"role": "group", "aria-label": "Rights"}):
                for scope, label in SCOPES:
                    Field(
                        "switch", on_change=partial(self._choose, scope), label=label, name=f"scope-{scope}"
                    ).set(value=scope in self._scopes)
            button("Make a token", self._make, symbol="plus").mark("new-token")
            self._made = Box("div", "w-box", attributes={"role": "status"}).show(False)
        self._redraw()

    def _choose(self, scope: str, wanted: bool) -> None:
        self._scopes = self._scopes | {scope} if wanted else self._scopes - {scope}

    def _make(self) -> None:
        name = self._name.strip()
        try:
            days = float(self._days)
            wrong = "" if 0 < days <= 3650 else "It is good for 1 to 3650 days."
        except ValueError:
            days, wrong = 0.0, "Say for how many days it is good."
        wrong = wrong or ("" if 0 < len(name) <= 80 else "Give it a name, so that you know it again.")
        wrong = wrong or ("" if self._scopes else "Give it at least one right.")
        self._first.set(error=wrong)
        if wrong:
            return
        token = self._tokens.new_token(name, self._scopes, days=days)
        self._made.clear()
        with self._made.show(True), Box("div", "w-grow"):
            Box("div", text="Copy it now: it is shown only this once.")
            Box("code", "w-mono w-token", token).mark("token")
        self._redraw()

    def _redraw(self) -> None:
        self._list.clear()
        with self._list:
            found = self._tokens.tokens()
            for token in found:
                self._row(token)
            if not found:
                Box("div", "w-empty", "No program has a token.")

    def _row(self, token: Mapping[str, Any]) -> None:
        with Box("div", "w-list-row").mark(f"token-{token['id']}"):
            with Box("div", "w-grow w-list-text"):
                Box("b", text=str(token.get("name", "")))
                until = datetime.fromtimestamp(float(token["expires"]), UTC).strftime("%Y-%m-%d")
                Box("div", "w-muted w-small", f"{', '.join(token.get('scopes', ()))}; good until {until}")
            button("Revoke", partial(self._ask, token), small=True)

    def _ask(self, token: Mapping[str, Any]) -> None:
        answers = (("cancel", "Cancel", ""), ("revoke", "Revoke", "danger"))
        text = "Programs that use it are refused from then on."
        with self._page:
            dialogs.ask(
                f"Revoke “{token.get('name', '')}”?", text, answers, partial(self._revoke, str(token["id"]))
            )

    def _revoke(self, identity: str, answer: str) -> None:
        if answer == "revoke":
            try:
                self._tokens.revoke_token(identity)
            except WeftError as error:
                self._page.toast(error.message, kind="error", hint=error.hint)
            self._redraw()
