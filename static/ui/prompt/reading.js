/**
 * A prompt taken apart as far as showing it asks: plain text, and `{{holes}}`. What is wrong inside a hole the server
 * says, which knows the whole grammar; here only that one is never closed is seen while it is typed.
 *
 * @typedef {{kind: "text"|"hole"|"open", text: string, start: number, end: number, name?: string, path?: string[],
 *   filters?: string[]}} Part
 * @typedef {{ports: {name: string, filled: boolean, told: string}[], state: string[], filters: string[],
 *   sources: {ref: string, name: string, label: string, type: string}[],
 *   problems: {position: number, message: string}[], of: string}} Known
 */

const HOLE = /(\\*)\{\{([^{}\n]*)(\}\})?/g;

/** @param {string} text @returns {Part[]} the parts in order; together they are the text */
export function read(text) {
  const parts = [];
  let at = 0;
  const plain = (end) => { if (end > at) parts.push({ kind: "text", text: text.slice(at, end), start: at, end }); };
  for (const match of text.matchAll(HOLE)) {
    if (match[1].length % 2) continue; // written \{{ : two signs and no hole
    const start = match.index + match[1].length;
    const end = match.index + match[0].length;
    plain(start);
    const [path, ...filters] = match[2].split("|").map((piece) => piece.trim());
    const names = path.split(".");
    parts.push({ kind: match[3] ? "hole" : "open", text: text.slice(start, end), start, end, name: names[0], path: names, filters });
    at = end;
  }
  plain(text.length);
  return parts;
}

/**
 * What a hole is, for its colour, and what is to be said of it.
 * @param {Part} part @param {Known} known @param {string} text
 * @returns {{look: "input"|"state"|"unfilled"|"bad", told: string}}
 */
export function judge(part, known, text) {
  if (part.kind === "open") return { look: "bad", told: "Never closed: write }} after the name." };
  if (known.of === text) {
    const wrong = known.problems.find(({ position }) => position >= part.start && position < part.end);
    if (wrong) return { look: "bad", told: wrong.message };
  }
  if (part.name === "state") {
    const path = part.path.slice(1).join(".");
    const there = known.state.some((known) => known === path || path.startsWith(`${known}.`) || known.startsWith(`${path}.`));
    if (there || hasDefault(part)) return { look: "state", told: `state.${path}, from the state of the run` };
    return { look: "bad", told: `Nothing before this step writes state.${path}.` };
  }
  const port = known.ports.find(({ name }) => name === part.name);
  if (port?.filled) return { look: "input", told: port.told };
  if (hasDefault(part)) return { look: "input", told: `${part.name}: its default, as nothing fills it` };
  return { look: "unfilled", told: `Nothing fills ${part.name} yet: connect it, or type a value for it below.` };
}

const hasDefault = (part) => part.filters.some((filter) => filter.startsWith("default"));

/** All places where `wanted` stands in the text, whatever the case. @returns {[number, number][]} */
export function found(text, wanted) {
  const places = [];
  const [where, what] = [text.toLowerCase(), wanted.toLowerCase()];
  if (!what || where.length !== text.length) return places;
  for (let at = where.indexOf(what); at >= 0 && places.length < 1000; at = where.indexOf(what, at + what.length)) {
    places.push([at, at + what.length]);
  }
  return places;
}

/** Parts cut at the places that were found, so that each piece has one look. */
export function cut(parts, places) {
  if (!places.length) return parts.map((part) => ({ ...part, piece: part.text, hit: -1 }));
  const pieces = [];
  for (const part of parts) {
    let at = part.start;
    for (const [index, [from, to]] of places.entries()) {
      if (to <= at || from >= part.end) continue;
      if (from > at) pieces.push({ ...part, piece: part.text.slice(at - part.start, from - part.start), hit: -1 });
      const [start, end] = [Math.max(from, at), Math.min(to, part.end)];
      pieces.push({ ...part, piece: part.text.slice(start - part.start, end - part.start), hit: index });
      at = end;
    }
    if (at < part.end) pieces.push({ ...part, piece: part.text.slice(at - part.start), hit: -1 });
  }
  return pieces;
}
