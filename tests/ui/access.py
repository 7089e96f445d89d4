"""Accessibility, as far as a program can tell: see `access.js`, and what only keys show."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

CHECK = (Path(__file__).parent / "access.js").read_text("utf-8")

RING = """() => {
  const el = document.activeElement;
  if (!el || el === document.body) return null;
  const shows = (one, pseudo) => {
    const style = getComputedStyle(one, pseudo);
    return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== 'none';
  };
  const inner = el.querySelector('.weft-card, [class*=focus]');
  const style = getComputedStyle(el);
  const now = [style.outline, style.boxShadow, style.borderColor, style.backgroundColor, style.textDecoration].join();
  el.dataset.checking = '';
  const name = `<${el.tagName.toLowerCase()} ${el.className}> ${el.getAttribute('aria-label') ?? el.textContent.trim().slice(0, 30)}`;
  const seen = shows(el) || shows(el, '::before') || shows(el, '::after') || shows(el.parentElement) || (inner && shows(inner));
  delete el.dataset.checking;
  return { name, seen, now };
}"""


SETTLED = """() => Promise.allSettled(
  document.getAnimations()
    .filter((one) => Number.isFinite(one.effect?.getComputedTiming().endTime))
    .map((one) => one.finished))"""


FOLLOWED = """() => document.activeElement.closest(".w-canvas, [role=tree]") && new Promise((done) => {
  let quiet = setTimeout(done, 600);
  new MutationObserver(() => { clearTimeout(quiet); quiet = setTimeout(done, 600); })
    .observe(document.querySelector(".w-pane--right"), { subtree: true, childList: true });
})"""
"""What has the focus on the canvas or in the outline is selected, and the form of it comes a moment later: nobody who looks
goes on into a form that is still another's."""


def problems(page: Page) -> list[str]:
    """What is wrong with the page as it is now, once what fades has faded: half way, no contrast is what it will be."""
    page.evaluate(SETTLED)
    found: list[str] = page.evaluate(CHECK)
    return found


def walk(page: Page, most: int = 400) -> tuple[list[str], list[str]]:
    """Go through the page with Tab from its start: what had the focus, and what is wrong with that."""
    page.evaluate(
        "() => [...document.querySelectorAll('a[href], button')].find((one) => one.checkVisibility()).focus()"
    )
    names: list[str] = []
    wrong: list[str] = []
    first: Any = None
    for _ in range(most):
        page.keyboard.press("Tab")
        page.evaluate(FOLLOWED)
        here = page.evaluate(RING)
        if here is None:
            return names, wrong
        if not here["seen"]:
            wrong.append(f"its focus isn't seen: {here['name']}")
        if first is None:
            first = here["name"]
        elif here["name"] == first and len(names) > 3:
            return names, wrong
        if len(names) >= 3 and names[-3:] == [here["name"]] * 3:
            wrong.append(f"the focus is caught: {here['name']}")
            return names, wrong
        names.append(here["name"])
    wrong.append(f"the walk doesn't end after {most} steps; it was last at {names[-1]}")
    return names, wrong
