"""How the browser tests take hold of the editor: cards, ports, fields, by what a person sees of them."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

Point = tuple[float, float]


class Hands:
    """A person at one editor page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.mouse = page.mouse
        self.press = page.keyboard.press
        self.type = page.keyboard.type

    def card(self, node: str) -> Locator:
        return self.page.locator(f'.weft-card[data-node="{node}"]:not([hidden])')

    def row(self, node: str, port: str, side: str = "in") -> Locator:
        label = self.page.get_by_text(port, exact=True)
        return self.card(node).locator(f".weft-row.weft-{side}").filter(has=label)

    def title(self, node: str) -> Point:
        return _middle(self.card(node).locator(".weft-title"))

    def dot(self, node: str, port: str, side: str = "in", at: int = -1) -> Point:
        """The end of an edge at this port; of several rows of one port, the last, which is the free one."""
        return _middle(self.row(node, port, side).nth(at).locator(":scope > :first-child"))

    def field(self, name: str) -> Locator:
        """The control of the form with this name, such as `ask/param/prompt`."""
        return self.page.locator(f'[data-field="{name}"]').locator(".w-input, .w-switch")

    def click(self, point: Point) -> None:
        self.mouse.click(*point)

    def drag(self, start: Point, end: Point) -> None:
        self.mouse.move(*start)
        self.mouse.down()
        self.mouse.move(*end, steps=8)
        self.mouse.up()

    def empty(self, dx: float = 0, dy: float = 0) -> Point:
        """A place of the canvas, from its upper left corner."""
        box = self.page.locator(".w-canvas").bounding_box()
        assert box is not None
        return box["x"] + 40 + dx, box["y"] + 40 + dy

    def select(self, node: str) -> None:
        self.click(self.title(node))
        expect(self.page.locator(".w-inspector-head")).to_be_visible()

    def tab(self, name: str) -> None:
        """Open a tab of the dock."""
        head = self.page.locator(".w-tab", has_text=name)
        if head.get_attribute("aria-selected") == "true":
            return
        if head.get_attribute("data-over") is not None:  # no room in the row: it is in the menu
            self.page.get_by_role("button", name="More tabs").click()
            head = self.page.get_by_role("menuitem", name=name)
        head.click()

    # What is seen ---------------------------------------------------------------------------------------------------

    def expect_saved(self, words: str) -> None:
        expect(self.page.locator(".w-saved")).to_have_text(words)

    def expect_card(self, node: str, words: str) -> None:
        expect(self.card(node)).to_contain_text(words)

    def expect_run(self, words: str) -> None:
        """The state of the run in the head of its tab."""
        expect(self.page.locator(".w-tab", has_text="Run")).to_contain_text(words, timeout=20_000)

    def expect_problems(self, count: int) -> None:
        expect(self.page.locator(".w-tab", has_text="Problems").locator(".w-count")).to_have_text(str(count))


def _middle(element: Locator) -> Point:
    element.wait_for()
    box = element.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
