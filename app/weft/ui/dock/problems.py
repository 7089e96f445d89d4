"""All problems of the flow: what, where, what to do; a press goes to the place, a button applies the fix."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nicegui import ui

from weft.model.problems import Problem
from weft.ui.crumbs import address
from weft.ui.dock import Dock
from weft.ui.elements import Box, Page, button, icon
from weft.ui.keyed import Keyed
from weft.ui.problem_places import spot_of
from weft.ui.session import Session

MOST = 200  # lines drawn; a flow with more problems has one cause


class Problems:
    """The tab, and the count in its head."""

    def __init__(self, session: Session, dock: Dock, page: Page) -> None:
        self._session, self._dock, self._page = session, dock, page
        with dock.head("problems"):
            self._count = Box("span", "w-count", "0")
        with dock.body("problems"):
            with Box("div", "w-problems", attributes={"role": "list", "aria-label": "Problems"}) as box:
                self._empty = Box("div", "w-empty", "No problems. This flow can run.")
                lines = Box("div")
            box.mark("problems")
        self._lines = Keyed(lines)
        dock.listeners.append(self._draw)

    def redraw(self) -> None:
        problems = self._problems()
        worst = "error" if any(p.severity == "error" for p in problems) else "warning" if problems else ""
        self._count.text = str(len(problems))
        self._count.set_classes(f"w-count w-count--{worst}" if worst else "w-count")
        self._empty.show(not problems)
        self._draw()

    def _draw(self) -> None:
        """The lines, once they are looked at: a large flow may have hundreds."""
        if self._dock.open == "problems":
            self._lines.sync(self._rows(self._problems()))

    def _problems(self) -> Sequence[Problem]:
        """Those of the flow that is shown; inside a node also those around it, for they keep it from running."""
        session = self._session
        here = session.document.problems
        if not session.place.inside:
            return here
        flow, way = session.whole.flow, session.place.nodes
        around = (
            problem for problem in session.whole.problems if spot_of(problem, flow).path[: len(way)] != way
        )
        return [*here, *(replace(problem, fix=None) for problem in around)]

    def _elsewhere(self, problem: Problem) -> str:
        """The address of the place where it can be mended; "" if it is this one."""
        session = self._session
        mine = any(problem is one for one in session.document.problems)
        spot = spot_of(problem, session.flow if mine else session.whole.flow)
        if mine and not spot.path:
            return ""
        above = session.place.nodes if mine else ()
        return address(session.whole.slug, [*above, *spot.path], spot.node, spot.port)

    def _rows(self, problems: Sequence[Problem]) -> list["Line"]:
        seen: dict[str, int] = {}
        rows: list[Line] = []
        for problem in problems[:MOST]:
            key = f"{problem.code}/{problem.node}/{problem.port}/{problem.message}"
            seen[key] = seen.get(key, 0) + 1
            rows.append(Line(f"{key}/{seen[key]}", problem, self))
        return rows

    def go(self, problem: Problem) -> None:
        """Select the node in question, bring it into view, put the caret into the field; open the flow it is in."""
        if there := self._elsewhere(problem):
            ui.navigate.to(there)
            return
        if problem.node is None:
            card = problem.pointer[0] if problem.pointer else None
            self._session.select((str(card),) if card in ("inputs", "outputs") else (), reveal=True)
            self._page.open_pane("right")
            return
        self._session.select((problem.node,), reveal=True, port=problem.port)
        self._page.open_pane("right")
        if problem.port:
            self._page.focus_field(f"{problem.node}/param/{problem.port}")

    def fix(self, problem: Problem) -> None:
        self._session.fix(problem)


@dataclass(frozen=True)
class Line:
    key: str
    problem: Problem
    tab: Problems

    def make(self) -> "LineWidget":
        return LineWidget(self)


class LineWidget:
    def __init__(self, line: Line) -> None:
        self._line = line
        problem = line.problem
        self.element = Box("div", "w-problem", attributes={"role": "listitem"})
        with self.element:
            icon("error" if problem.severity == "error" else "warning")
            go = Box("button", "w-problem-go", attributes={"type": "button"})
            go.on("click", lambda: self._line.tab.go(self._line.problem), args=[])
            with go:
                Box("div", text=problem.message)
                if problem.hint:
                    Box("div", "w-problem-hint", problem.hint)
            place = ".".join(part for part in (problem.node, problem.port) if part)
            Box("span", "w-problem-place", place)
            if problem.fix is not None:
                button(problem.fix.label or "Fix", self._fix, symbol="fix", small=True)

    def show(self, row: Line) -> None:
        self._line = row

    def _fix(self) -> None:
        self._line.tab.fix(self._line.problem)
