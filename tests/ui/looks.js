/**
 * How a page looks, as far as a program can tell: what hangs out of it or of its pane, what is cut without a sign, what
 * lies over what, and what has the looks of the widgets underneath. Sentences, as in access.js.
 */
(() => {
  const found = [];
  const where = (el) => `<${el.tagName.toLowerCase()} ${typeof el.className === "string" ? el.className : ""}> "${(el.textContent || el.value || el.getAttribute("aria-label") || "").trim().slice(0, 40)}"`;
  const say = (what, el) => found.push(`${what}: ${where(el)}`);
  const visible = (el) => {
    if (!el.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })) return false;
    const box = el.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && !el.closest(".w-sr, .weft-layer, [data-over], option, datalist");
  };
  const page = document.scrollingElement;
  if (page.scrollWidth > innerWidth) found.push(`the page is ${page.scrollWidth - innerWidth} px wider than its window`);

  const PANES = ".w-top, .w-gallery-top, .w-tabs, .w-pane, .w-dock-page, .w-dialog, .w-menu, .w-flow-card, .w-settings-section, .w-section, .w-prompt--large, .w-sorry, .w-past, .weft-dialog, dialog[open]";
  const CONTROLS = "button, a[href], input, select, textarea, [role=option], [role=row]";
  const all = [...document.body.querySelectorAll("*")].filter(visible);
  const dialog = [...document.querySelectorAll("dialog[open], .q-dialog .w-dialog, .w-menu--here, .w-menu--up")].filter(visible).at(-1);
  /** The nearest ancestor that cuts what hangs out of it sideways, and whether one can scroll there. */
  const cutter = (el) => {
    for (let one = el.parentElement; one; one = one.parentElement) {
      const { overflowX } = getComputedStyle(one);
      if (overflowX === "auto" || overflowX === "scroll") return null;
      if (overflowX === "hidden" || overflowX === "clip") return one;
      if (one.matches("dialog:modal, :popover-open")) return document.body; // it lies above all that would cut it
    }
    return document.body;
  };
  for (const el of all) {
    const style = getComputedStyle(el), box = el.getBoundingClientRect();
    const words = [...el.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    const control = el.matches(CONTROLS);
    if ((words || control) && !el.closest(".weft-card, .weft-ghost")) { // the canvas goes on beyond its edges
      const pane = el.closest(PANES), holder = cutter(el);
      const edge = pane?.getBoundingClientRect();
      if (pane && pane !== el && holder && getComputedStyle(holder).textOverflow !== "ellipsis" && (box.left < edge.left - 1 || box.right > edge.right + 1)) say(`outside its pane by ${Math.round(Math.max(edge.left - box.left, box.right - edge.right))} px`, el);
      const cut = control ? cutter(el)?.getBoundingClientRect() : null;
      if (cut && cut.width && (box.left < cut.left - 1 || box.right > cut.right + 1)) say(`cut at the side by ${Math.round(Math.max(cut.left - box.left, box.right - cut.right))} px`, el);
    }
    if (words && style.overflowX !== "visible" && style.overflowX !== "auto" && style.overflowX !== "scroll" && style.textOverflow !== "ellipsis" && el.scrollWidth > el.clientWidth + 2) say("its text is cut without a sign", el);
    if (words && style.overflowY === "hidden" && style.webkitLineClamp === "none" && style.textOverflow !== "ellipsis" && el.scrollHeight > el.clientHeight + 4) say("its lines are cut without a sign", el);
    if ([...el.classList].some((name) => /^q-(btn|field|card|item|list|tab|table|input|select|checkbox|toggle|menu|tooltip|notification|chip|badge|spinner|icon)$/.test(name))) say("a widget in its own looks", el);
    if (/rgb\((88, 152, 212|25, 118, 210|38, 166, 154|156, 39, 176)\)/.test(`${style.color} ${style.backgroundColor} ${style.borderTopColor}`)) say("a colour that isn't ours", el);
    if (control && el.matches("button, input, select, textarea") && !words && /^(outset|inset|2px outset)/.test(style.borderTopStyle) && style.appearance === "auto" && !/checkbox|radio|range|file/.test(el.type)) say("a control as the browser draws it", el);
  }
  // What one would press is what lies there.
  const reach = all.filter((el) => el.matches("button, a[href], input, select, textarea") && !el.disabled && (!dialog || dialog.contains(el)) && getComputedStyle(el).pointerEvents !== "none");
  for (const el of reach) {
    const box = el.getBoundingClientRect(), x = box.left + box.width / 2, y = box.top + box.height / 2;
    if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) continue;
    const top = document.elementFromPoint(x, y);
    if (!top || el.contains(top) || top.contains(el) || (el.labels && [...el.labels].some((one) => one.contains(top)))) continue;
    const pane = el.closest(PANES);
    if (pane && pane.contains(top) && top.closest(PANES) === pane && !top.closest(".w-dialog-foot")) say(`covered by ${where(top)}`, el);
  }
  return [...new Set(found)];
})();
