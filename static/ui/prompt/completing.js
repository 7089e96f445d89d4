/** What could be written where the caret stands inside `{{`: inputs, what other steps give, the state, filters. */

const MOST = 60;

/**
 * @typedef {{insert: string, label: string, detail: string, kind: "input"|"output"|"state"|"filter", ref?: string,
 *   caret?: number}} Offer
 * @param {string} text @param {number} caret @param {import("./reading.js").Known} known
 * @returns {{from: number, to: number, items: Offer[]}|null} null where there is nothing to complete
 */
export function offers(text, caret, known) {
  const before = text.slice(0, caret);
  const open = before.lastIndexOf("{{");
  if (open < 0) return null;
  const inside = before.slice(open + 2);
  if (/[{}\n]/.test(inside) || (before.slice(0, open).match(/\\*$/)[0].length % 2)) return null;
  const rest = text.slice(caret).match(/^[\w. ]*(\}\})?/)[0];
  const bar = inside.lastIndexOf("|");
  if (bar >= 0) return filters(inside.slice(bar + 1), caret, rest, known);
  const typed = inside.trimStart();
  const to = caret + rest.length;
  const items = [...inputs(known), ...outputs(known), ...states(known)]
    .map((item) => ({ ...item, rank: rank(item, typed) }))
    .filter(({ rank }) => rank >= 0)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, MOST)
    .map(({ rank, ...item }) => ({ ...item, insert: `${item.insert}}}` }));
  return items.length ? { from: open + 2, to, items } : null;
}

function filters(typed, caret, rest, known) {
  const word = typed.trimStart();
  const items = known.filters.filter((name) => name.startsWith(word)).map((name) => ({
    insert: ` ${name === "default" ? "default('')" : name}}}`, label: name, detail: FILTERS[name] ?? "filter", kind: "filter",
    caret: name === "default" ? 4 : 0,
  }));
  return items.length ? { from: caret - typed.length, to: caret + rest.length, items } : null;
}

const FILTERS = {
  json: "written as JSON", trim: "without space around it", lower: "in small letters", upper: "in capitals",
  length: "how many signs, items or keys", default: "what stands there if there is no value",
};

const inputs = (known) => known.ports.map(({ name, told }) => ({ insert: name, label: name, detail: told, kind: "input" }));
const outputs = (known) => known.sources.map(({ ref, name, label, type }) => (
  { insert: name, label, detail: `${ref} · ${type} · wires it in`, kind: "output", ref }));
const states = (known) => known.state.map((path) => (
  { insert: `state.${path}`, label: `state.${path}`, detail: "from the state of the run", kind: "state" }));

/** How well an offer fits what is typed: 0 best, -1 not at all. */
function rank(item, typed) {
  const word = typed.toLowerCase();
  if (!word) return 0;
  const names = [item.insert, item.label, item.ref ?? ""].map((name) => name.toLowerCase());
  if (item.insert === typed) return 3; // it stands there already
  if (names.some((name) => name.startsWith(word))) return 0;
  if (names.some((name) => name.split(/[ _.]/).some((part) => part.startsWith(word)))) return 1;
  return names.some((name) => name.includes(word)) ? 2 : -1;
}
