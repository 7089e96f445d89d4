/**
 * Places for nodes that have none: columns by the longest way to a node, rows by the mean height of its sources.
 * Deterministic, so that every tab draws the same picture; a person's own places are never touched.
 *
 * @typedef {{w: number, h: number}} Size
 * @typedef {[number, number]} Place
 */
import { CARD } from './geometry.js';
import { layersOf, sourcesOf } from './graph.js';
import { INPUTS, OUTPUTS, parseRef } from './refs.js';

const COLUMN_GAP = 112;
const ROW_GAP = 40;
const STEP = 10;
const onGrid = (v) => Math.round(v / STEP) * STEP;

/**
 * @param {Record<string, any>} flow
 * @param {(id: string) => Size} sizeOf of a node's card or of the cards `inputs` and `outputs`
 * @returns {Map<string, Place>} a place for every node and both cards
 */
export function layered(flow, sizeOf) {
  const columns = [];
  for (const [id, layer] of layersOf(flow)) (columns[layer] ??= []).push(id);
  const places = new Map();
  let x = sizeOf(INPUTS).w + COLUMN_GAP;
  for (const column of columns) {
    stack(column, x, (id) => meanTop(sourcesOf(flow.nodes[id]), places), sizeOf, places);
    x += CARD.width + COLUMN_GAP;
  }
  const users = Object.keys(flow.nodes ?? {}).filter((id) => sourcesOf(flow.nodes[id]).includes(INPUTS));
  const givers = Object.values(flow.outputs ?? {}).map((ref) => parseRef(ref)?.node);
  const left = onGrid(meanTop(users, places) ?? 0), right = onGrid(meanTop(givers, places) ?? 0);
  places.set(INPUTS, [0, left]);
  places.set(OUTPUTS, [x, right]);
  return places;
}

/** One column: each card as near to the tops of its sources as the others allow, so that chains run level. */
function stack(column, x, wishOf, sizeOf, places) {
  const wish = new Map(column.map((id) => [id, wishOf(id)]));
  column.sort((a, b) => (wish.get(a) ?? Infinity) - (wish.get(b) ?? Infinity) || 0);
  let y = 0, off = 0, wished = 0;
  const tops = column.map((id) => {
    const top = y;
    y += sizeOf(id).h + ROW_GAP;
    if (wish.get(id) !== undefined) { off += wish.get(id) - top; wished++; }
    return top;
  });
  const shift = wished ? off / wished : -(y - ROW_GAP) / 2;
  column.forEach((id, i) => places.set(id, [x, onGrid(tops[i] + shift)]));
}

function meanTop(ids, places) {
  const known = ids.filter((id) => places.has(id)).map((id) => places.get(id)[1]);
  return known.length ? known.reduce((a, b) => a + b) / known.length : undefined;
}

/**
 * Places only for those without one, in a drawing that is otherwise a person's: beside what they depend on, moved
 * down until nothing is covered.
 * @param {Record<string, any>} flow
 * @param {(id: string) => Size} sizeOf
 * @param {ReadonlyMap<string, Place>} known
 * @param {readonly string[]} missing nodes in topological order, then perhaps the two cards
 * @returns {Map<string, Place>}
 */
export function fillIn(flow, sizeOf, known, missing) {
  const places = new Map(known);
  const found = new Map();
  for (const id of missing) {
    const [x, y] = id === INPUTS || id === OUTPUTS ? besideAll(flow, id, sizeOf, places) : besideSources(flow, id, sizeOf, places);
    const at = /** @type {Place} */ ([onGrid(x), onGrid(freeBelow(x, y, sizeOf(id), sizeOf, places))]);
    places.set(id, at);
    found.set(id, at);
  }
  return found;
}

function besideSources(flow, id, sizeOf, places) {
  const sources = sourcesOf(flow.nodes[id]).filter((s) => places.has(s));
  if (sources.length) {
    const right = Math.max(...sources.map((s) => places.get(s)[0] + sizeOf(s).w));
    return [right + COLUMN_GAP, Math.min(...sources.map((s) => places.get(s)[1]))];
  }
  const all = extent(sizeOf, places);
  return all ? [all.x0, all.y1 + ROW_GAP] : [0, 0];
}

function besideAll(flow, id, sizeOf, places) {
  const all = extent(sizeOf, places);
  const size = sizeOf(id);
  if (!all) return [id === INPUTS ? 0 : size.w + COLUMN_GAP, 0];
  const users = id === INPUTS
    ? Object.keys(flow.nodes ?? {}).filter((n) => sourcesOf(flow.nodes[n]).includes(INPUTS))
    : Object.values(flow.outputs ?? {}).map((ref) => parseRef(ref)?.node);
  const heights = users.filter((n) => places.has(n)).map((n) => places.get(n)[1] + sizeOf(n).h / 2);
  const middle = heights.length ? heights.reduce((a, b) => a + b) / heights.length : (all.y0 + all.y1) / 2;
  const x = id === INPUTS ? all.x0 - COLUMN_GAP - size.w : all.x1 + COLUMN_GAP;
  return [x, middle - size.h / 2];
}

function extent(sizeOf, places) {
  let all = null;
  for (const [id, [x, y]] of places) {
    const { w, h } = sizeOf(id);
    all = all
      ? { x0: Math.min(all.x0, x), y0: Math.min(all.y0, y), x1: Math.max(all.x1, x + w), y1: Math.max(all.y1, y + h) }
      : { x0: x, y0: y, x1: x + w, y1: y + h };
  }
  return all;
}

function freeBelow(x, y, size, sizeOf, places) {
  const inTheWay = [...places]
    .map(([id, [ox, oy]]) => ({ x: ox, y: oy, w: sizeOf(id).w, h: sizeOf(id).h }))
    .filter((o) => o.x < x + size.w && x < o.x + o.w)
    .sort((a, b) => a.y - b.y);
  for (const o of inTheWay) {
    if (o.y < y + size.h + ROW_GAP / 2 && y < o.y + o.h + ROW_GAP / 2) y = o.y + o.h + ROW_GAP;
  }
  return y;
}
