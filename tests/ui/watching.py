"""A browser that is watched while it is attacked: what ran, what was asked for elsewhere, what became an element."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Request
from tests.server.live import Live

HEARD = """
for (const name of ["alert", "confirm", "prompt", "print"]) window[name] = () => window.struck(name);
document.addEventListener("securitypolicyviolation", (event) => window.broken(`${event.violatedDirective} ${event.blockedURI}`));
"""
# A link to a web server may be shown, with its address in sight: it is nothing before somebody presses it.
LOOK = """() => {
  const found = [];
  const seen = (what, el) => found.push(`${what}: ${el.outerHTML.slice(0, 160)}`);
  const walk = (root) => {
    for (const el of root.querySelectorAll("*")) {
      const name = el.localName;
      if (el.hasAttribute("data-hole")) seen("an element", el);
      if (["iframe", "object", "embed", "base", "marquee", "math", "foreignobject", "audio", "video"].includes(name)) seen("a tag", el);
      if (name === "meta" && el.httpEquiv === "refresh") seen("a refresh", el);
      for (const { name: key, value } of el.attributes) {
        if (/^on/i.test(key)) seen("a handler", el);
        if (/^(href|xlink:href|src|action|formaction|data|poster|ping|background|srcset)$/i.test(key)
          && !/^(\\/(?!\\/)|#|\\.|data:image\\/|data:,$|blob:|https:\\/\\/example\\.org|[\\w-]*$)/.test(value) && !value.startsWith(location.origin)
          && !(name === "a" && key === "href" && /^https?:/.test(value) && /noopener.*noreferrer/.test(el.rel) && el.title === value)) seen("an address", el);
        if (key === "style" && /url\\(|image-set|expression|@import/i.test(value)) seen("a style", el);
      }
      if (el.shadowRoot) walk(el.shadowRoot);
    }
  };
  walk(document);
  if (document.documentElement.innerText.includes("62710561") || document.title.includes("62710561")) found.push("a template was filled in");
  if (({}).polluted !== undefined || Object.keys(Object.prototype).length) found.push("a prototype was changed");
  return found;
}"""


class Watched:
    """Pages of one person who is logged in."""

    def __init__(self, browser: Browser, live: Live, **more: Any) -> None:
        self.browser, self._live = browser, live
        self.struck: list[str] = []
        """What ran."""
        self.elsewhere: list[str] = []
        """What was asked of anybody but the server."""
        self.refused: list[str] = []
        """What the page's policy kept it from: somebody's markup had got in."""
        self.holes: list[str] = []
        self.places: list[str] = []
        """Where was looked."""
        self.errors: list[str] = []
        context: BrowserContext = browser.new_context(
            viewport={"width": 1400, "height": 850}, reduced_motion="reduce", **more
        )
        self._context = context
        context.add_cookies(
            [{"name": name, "value": value, "url": live.base_url} for name, value in live.cookies().items()]
        )
        context.expose_binding("struck", lambda _source, *given: self.struck.append(str(given)))
        context.expose_binding("broken", lambda _source, what: self.refused.append(str(what)))
        context.add_init_script(HEARD)
        context.on("request", self._asked)
        context.on("dialog", self._spoken)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))

    def open(self, path: str) -> Page:
        page = self._context.new_page()
        page.goto(self._live.base_url + path)
        return page

    def look(self, page: Page, place: str) -> None:
        """Note what is wrong with the page now; `place` says what it shows."""
        self.places.append(place)
        self.holes += [f"{place}: {hole}" for hole in page.evaluate(LOOK)]

    def close(self) -> None:
        self._context.close()

    def _spoken(self, dialog: Dialog) -> None:
        self.struck.append(dialog.message)
        dialog.dismiss()

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self._live.base_url, "data:", "blob:")):
            self.elsewhere.append(request.url)
