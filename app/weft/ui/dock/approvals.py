"""The tab Approvals: what all runs of this flow ask, answered there."""

from weft.ui.asked import Questions
from weft.ui.dock import Dock
from weft.ui.elements import Box
from weft.ui.session import Session
from weft.ui.waiting import Waiting, Waitings


class Approvals:
    """Its list and form are made when it is first opened; its count is always there."""

    def __init__(self, session: Session, dock: Dock, waitings: Waitings) -> None:
        self._session, self._dock, self._waitings = session, dock, waitings
        self._questions: Questions | None = None
        with dock.head("approvals"):
            self._count = Box("span", "w-count w-count--warning").show(False)
        dock.listeners.append(self._opened)
        self._leave = waitings.listen(self.redraw)
        self.redraw()

    def redraw(self) -> None:
        many = sum(self._wanted(one) for one in self._waitings.all)
        self._count.text = str(many)
        self._count.show(bool(many))
        if self._questions is not None:
            self._questions.redraw()

    def close(self) -> None:
        self._leave()

    def _opened(self) -> None:
        if self._dock.open == "approvals" and self._questions is None:
            with self._dock.body("approvals"):
                self._questions = Questions(self._waitings, self._wanted, self._session.say, of_all=False)

    def _wanted(self, one: Waiting) -> bool:
        return one.flow == self._session.running.slug
