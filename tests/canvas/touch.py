"""Fingers on the canvas: real touch events, as the browser's own input pipeline makes them."""

from __future__ import annotations

from playwright.sync_api import Page

Point = tuple[float, float]


class Fingers:
    """One or two of them, on a page of a context that has touch."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._cdp = page.context.new_cdp_session(page)

    def send(self, kind: str, *points: Point, first: int = 0) -> None:
        """`first` is the number of the first finger."""
        touches = [{"x": x, "y": y, "id": first + i} for i, (x, y) in enumerate(points)]
        self._cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def down(self, *points: Point) -> None:
        self.send("touchStart", *points)

    def move(self, *points: Point) -> None:
        self.send("touchMove", *points)

    def up(self) -> None:
        self.send("touchEnd")

    def lift_second(self, point: Point) -> None:
        self.send("touchEnd", point, first=1)

    def tap(self, point: Point) -> None:
        self.down(point)
        self.up()

    def drag(self, start: Point, end: Point, *, steps: int = 6, lift: bool = True) -> None:
        self.down(start)
        self.slide(start, end, steps=steps)
        if lift:
            self.up()

    def slide(self, start: Point, end: Point, *, steps: int = 6) -> None:
        """Go on from `start`, where it is."""
        (x0, y0), (x1, y1) = start, end
        for i in range(1, steps + 1):
            self.move((x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps))

    def pinch(self, middle: Point, before: float, after: float, *, steps: int = 5) -> None:
        """Two fingers beside each other, `before` apart, then `after`."""
        x, y = middle

        def apart(distance: float) -> tuple[Point, Point]:
            return (x - distance / 2, y), (x + distance / 2, y)

        self.down(*apart(before))
        for i in range(1, steps + 1):
            self.move(*apart(before + (after - before) * i / steps))
        self.up()
