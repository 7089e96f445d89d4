"""Contexts of a browser that serve one test after the other. What they keep of Weft's scripts and styles stays, as in
anybody's browser; cookies, permissions and all that a page had stored are gone."""

from __future__ import annotations

from playwright.sync_api import Browser, BrowserContext, Page

WIDE = (1400, 850)
STORED = "cookies,local_storage,indexeddb,cache_storage,service_workers,file_systems"


class Contexts:
    """Those of one browser. In each a page stands by that shows nothing: with it stays the process that draws the others,
    and what that has read of the scripts, so that a page of the next test is there in half the time."""

    def __init__(self) -> None:
        self._browser: Browser | None = None
        self._standing: dict[BrowserContext, Page] = {}
        self._free: list[BrowserContext] = []

    def page(self, browser: Browser, address: str) -> Page:
        """An empty page in a context of its own, that has nothing stored from this address."""
        if browser is not self._browser:
            self._browser, self._standing, self._free = browser, {}, []
        context = self._free.pop() if self._free else self._new(browser, address)
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Storage.clearDataForOrigin", {"origin": address, "storageTypes": STORED})
        session.detach()
        return page

    def take_back(self, context: BrowserContext) -> None:
        """When its test is over. One that the test closed is gone."""
        if context not in self._standing:
            return
        for page in context.pages:
            if page is not self._standing[context]:
                page.close()
        context.clear_cookies()
        context.clear_permissions()
        self._free.append(context)

    def _new(self, browser: Browser, address: str) -> BrowserContext:
        context = browser.new_context(
            viewport={"width": WIDE[0], "height": WIDE[1]}, color_scheme="light", reduced_motion="reduce"
        )
        page = context.new_page()
        page.goto(f"{address}/static/nothing")
        self._standing[context] = page
        context.on("close", lambda closed: self._standing.pop(closed, None))
        return context
