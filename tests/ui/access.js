/**
 * An accessibility check of our own, run in the page: what it finds is a list of sentences. It looks at what a person
 * can see now: names and roles, labels, tab order, contrast of every text, motion.
 */
(() => {
  const found = [];
  const visible = (el) => {
    if (!el.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })) return false;
    const box = el.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && !el.closest(".w-sr, [aria-hidden=true], [hidden]");
  };
  const where = (el) => {
    const name = el.id ? `#${el.id}` : el.className && typeof el.className === "string" ? `.${el.className.trim().split(/\s+/).join(".")}` : "";
    return `<${el.tagName.toLowerCase()}${name.slice(0, 80)}> "${(el.textContent ?? "").trim().slice(0, 40)}"`;
  };
  const say = (what, el) => found.push(`${what}: ${where(el)}`);

  // --- names and roles ---
  const textOf = (el) => [...el.querySelectorAll("*"), el].filter((one) => !one.closest("[aria-hidden=true]"))
    .flatMap((one) => [...one.childNodes].filter((node) => node.nodeType === 3).map((node) => node.textContent)).join(" ").trim();
  const byIds = (ids) => (ids ?? "").split(/\s+/).filter(Boolean).map((id) => document.getElementById(id));
  const nameOf = (el) => {
    if (el.getAttribute("aria-label")?.trim()) return el.getAttribute("aria-label");
    const labels = byIds(el.getAttribute("aria-labelledby")).filter(Boolean).map((one) => one.textContent).join(" ");
    if (labels.trim()) return labels;
    if (el.labels?.length) return [...el.labels].map((one) => one.textContent).join(" ").trim();
    if (["INPUT", "SELECT", "TEXTAREA"].includes(el.tagName)) return el.getAttribute("title") ?? "";
    return textOf(el) || el.getAttribute("title") || el.querySelector("img[alt]")?.alt || "";
  };
  const ROLES = ["button", "link", "checkbox", "switch", "tab", "option", "menuitem", "treeitem", "textbox", "combobox", "slider", "separator", "row", "listbox", "tree", "dialog", "radio"];
  const NATIVE = "button, a[href], input:not([type=hidden]), select, textarea, summary, iframe";
  const interactive = [...document.querySelectorAll(`${NATIVE}, [role], [tabindex], [onclick]`)].filter(visible);
  for (const el of interactive) {
    const role = el.getAttribute("role");
    const acts = el.matches(NATIVE) || ROLES.includes(role);
    if (acts && !nameOf(el).trim()) say("no name", el);
    if (el.tabIndex >= 0 && !el.matches(NATIVE) && !role && !el.isContentEditable && !el.matches("dialog, pre, [tabindex='-1']")) say("can be focused and has no role", el);
    if (Number(el.getAttribute("tabindex")) > 0) say("positive tabindex", el);
    for (const attribute of ["aria-labelledby", "aria-describedby", "aria-controls", "aria-activedescendant"]) {
      if (byIds(el.getAttribute(attribute)).some((one) => !one)) say(`${attribute} leads nowhere`, el);
    }
    if (el.closest("[aria-hidden=true]") && el.tabIndex >= 0) say("can be focused though it is hidden from readers", el);
  }
  for (const label of document.querySelectorAll("label[for]")) if (!document.getElementById(label.htmlFor)) say("a label of nothing", label);
  const inRole = { tab: "tablist", option: "listbox", menuitem: "menu", treeitem: "tree" };
  for (const [role, holder] of Object.entries(inRole)) {
    for (const el of document.querySelectorAll(`[role=${role}]`)) if (visible(el) && !el.closest(`[role=${holder}], datalist, select`)) say(`a ${role} outside a ${holder}`, el);
  }
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at))) found.push(`an id twice: ${id}`);
  if (!document.documentElement.lang) found.push("the page says no language");
  if (!document.title) found.push("the page has no title");

  // --- contrast, WCAG 2: 4.5 to 1, 3 to 1 for large text ---
  const screen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const rgba = (color) => known.get(color) ?? known.set(color, drawn(color)).get(color);
  const drawn = (color) => {
    screen.clearRect(0, 0, 1, 1);
    screen.fillStyle = color;
    screen.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = screen.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => top.slice(0, 3).map((part, i) => part * top[3] + below[i] * (1 - top[3]));
  const grounds = (el) => {
    const layers = [];
    for (let one = el; one; one = one.parentElement) {
      const color = rgba(getComputedStyle(one).backgroundColor);
      if (color[3] > 0) layers.push(color);
      if (color[3] === 1) break;
    }
    const paper = rgba(getComputedStyle(document.body).backgroundColor);
    return layers.reverse().reduce((below, top) => over(top, below), paper[3] ? paper : [255, 255, 255]);
  };
  const light = (color) => {
    const [r, g, b] = color.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const fade = (el) => { let all = 1; for (let one = el; one; one = one.parentElement) all *= Number(getComputedStyle(one).opacity); return all; };
  const disabled = (el) => el.closest("[disabled], [aria-disabled=true], .w-tree-row--off");
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = new Set();
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const el = node.parentElement;
    if (!node.textContent.trim() || seen.has(el) || !visible(el) || disabled(el) || el.closest("script, style, option, datalist, .w-area-mirror, .weft-layer")) continue;
    seen.add(el);
    const style = getComputedStyle(el);
    const ground = grounds(el);
    const ink = rgba(style.color);
    const seenAs = over([ink[0], ink[1], ink[2], ink[3] * fade(el)], ground);
    const [a, b] = [light(seenAs), light(ground)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5) - 0.005) say(`contrast ${ratio.toFixed(2)}`, el);
  }

  // --- motion ---
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
    for (const animation of document.getAnimations()) {
      const { duration = 0, iterations = 1 } = animation.effect?.getTiming() ?? {};
      if (animation.playState === "running" && (iterations === Infinity || duration > 300)) {
        say(`moves though motion is reduced (${animation.animationName ?? "a transition"})`, animation.effect.target);
      }
    }
  }
  return [...new Set(found)];
})();
