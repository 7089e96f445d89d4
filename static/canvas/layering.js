/**
 * A layered drawing after Sugiyama: columns by the longest way, few crossings, long edges kept straight. Knows where
 * on a card a port is. Deterministic and pure.
 *
 * 1. Columns: each card behind all that feeds it, and as near to its first reader as that allows.
 * 2. Edges that pass columns get a place in each; those from one port share it.
 * 3. Order in the columns: by the mean of the ports at the other side, swept forth and back; the best is kept.
 * 4. Heights: each as near as possible to where its edges would be level, never closer than the gap (isotonic
 *    regression over each column).
 * 5. All of it with passing edges pulling more or less; the drawing that hides the fewest edges is kept,
 *    and cards that still hide one make way.
 *
 * @typedef {{id: string, w: number, h: number, layer?: 'first'|'last'}} Card
 * @typedef {{from: string, to: string, out: number, into: number}} Line  heights of the ports below the cards' tops
 * @typedef {{w: number, h: number, layer: number, order: number, y: number, id: string|null,
 *   before: Link[], after: Link[]}} Vertex  without an id a passing edge
 * @typedef {{other: Vertex, at: number, its: number}} Link
 */
import { hiddenEdges, unhide } from './unhiding.js';

const COLUMN_GAP = 112;
const ROW_GAP = 40;
const SWEEPS = 12;
/** How much more than others a passing edge pulls at the cards at its ends; each is tried. */
const PULLS = [4, 1, 12, 40];
/** Room between a passing edge and the next card; each is tried, the least first. */
const PASS_GAPS = [32, 72, 128];
/** With more cards only the first is. */
const MANY = 400;
/** Up to so many, cards make way one by one in the end. */
const FEW = 120;
const GRID = 10;
/** How much of the time the order in the columns takes. */
const SORTING = 0.6;
const onGrid = (v) => Math.round(v / GRID) * GRID;

/**
 * @param {readonly Card[]} cards in the document's order @param {readonly Line[]} lines
 * @param {(part: number) => void} [tell] how far it is, from 0 to 1, of a drawing with many cards
 * @returns {Map<string, [number, number]>} upper left corners; the middle of the drawing is at height 0
 */
export function arrange(cards, lines, tell = () => {}) {
  if (!cards.length) return new Map();
  const ordered = forward(cards, lines);
  const layers = columnsOf(cards, ordered);
  const ways = PASS_GAPS.flatMap((gap) => PULLS.map((pull) => ({ gap, pull })));
  let best = null;
  for (const way of cards.length > MANY ? ways.slice(0, 1) : ways) {
    const columns = build(cards, ordered, layers);
    sortColumns(columns, (part) => tell(part * SORTING));
    level(columns, way, (part) => tell(SORTING + part * (1 - SORTING)));
    const places = placesOf(columns);
    const hidden = cards.length > MANY ? 0 : hiddenEdges(cards, ordered, layers, places).length;
    if (!best || hidden < best.hidden) best = { places, hidden };
    if (!hidden) break;
  }
  return best.hidden && cards.length <= FEW ? unhide(cards, ordered, layers, best.places, ROW_GAP) : best.places;
}

function placesOf(columns) {
  const places = new Map();
  let x = 0;
  for (const column of columns) {
    const wide = Math.max(0, ...column.map((v) => v.w));
    for (const v of column) if (v.id !== null) places.set(v.id, [onGrid(x + (wide - v.w) / 2), onGrid(v.y)]);
    x += wide + COLUMN_GAP;
  }
  return places;
}

/** The lines that lead on; those that close a circle are left out. */
function forward(cards, lines) {
  const rank = new Map(topological(cards, lines).map((id, i) => [id, i]));
  return lines.filter((line) => rank.has(line.from) && rank.has(line.to) && rank.get(line.from) < rank.get(line.to));
}

function topological(cards, lines) {
  const waits = new Map(cards.map(({ id }) => [id, 0])), feeds = new Map(cards.map(({ id }) => [id, []]));
  for (const { from, to } of lines) {
    if (!feeds.has(from) || !waits.has(to) || from === to) continue;
    waits.set(to, waits.get(to) + 1);
    feeds.get(from).push(to);
  }
  const order = cards.map(({ id }) => id).filter((id) => !waits.get(id));
  const seen = new Set(order);
  for (const id of order) {
    for (const next of feeds.get(id)) {
      waits.set(next, waits.get(next) - 1);
      if (!waits.get(next)) { order.push(next); seen.add(next); }
    }
  }
  return [...order, ...cards.map(({ id }) => id).filter((id) => !seen.has(id))];
}

/** @returns {Map<string, number>} */
function columnsOf(cards, lines) {
  const into = group(lines, 'to'), out = group(lines, 'from');
  const order = topological(cards, lines);
  const pinned = new Map(cards.filter((c) => c.layer).map((c) => [c.id, c.layer]));
  const start = [...pinned.values()].includes('first') ? 1 : 0;
  const layer = new Map();
  for (const id of order) {
    const before = (into.get(id) ?? []).map((line) => layer.get(line.from) + 1);
    layer.set(id, pinned.get(id) === 'first' ? 0 : Math.max(start, ...before));
  }
  for (const id of [...order].reverse()) {
    const after = (out.get(id) ?? []).filter((line) => pinned.get(line.to) !== 'last').map((line) => layer.get(line.to) - 1);
    if (!pinned.has(id) && after.length && !(into.get(id) ?? []).length) layer.set(id, Math.max(layer.get(id), Math.min(...after)));
  }
  const last = Math.max(...[...layer].filter(([id]) => pinned.get(id) !== 'last').map(([, l]) => l), start - 1) + 1;
  for (const [id, where] of pinned) if (where === 'last') layer.set(id, last);
  return layer;
}

function group(lines, by) {
  const groups = new Map();
  for (const line of lines) {
    if (!groups.has(line[by])) groups.set(line[by], []);
    groups.get(line[by]).push(line);
  }
  return groups;
}

/** Columns of cards and passing edges, joined. @returns {Vertex[][]} */
function build(cards, lines, layers) {
  const columns = Array.from({ length: Math.max(...layers.values()) + 1 }, () => []);
  const vertex = (id, w, h, layer) => {
    const v = { id, w, h, layer, order: columns[layer].length, y: 0, before: [], after: [] };
    columns[layer].push(v);
    return v;
  };
  const byId = new Map(cards.map((c) => [c.id, vertex(c.id, c.w, c.h, layers.get(c.id))]));
  const chains = new Map();
  for (const { from, to, out, into } of lines) {
    const key = `${from} ${out}`;
    if (!chains.has(key)) chains.set(key, [{ v: byId.get(from), at: out }]);
    const chain = chains.get(key), target = byId.get(to), first = byId.get(from).layer;
    while (first + chain.length < target.layer) {
      const v = vertex(null, 0, 0, first + chain.length);
      join(chain.at(-1), { v, at: 0 });
      chain.push({ v, at: 0 });
    }
    join(chain[target.layer - first - 1], { v: target, at: into });
  }
  return columns.filter((column) => column.length);
}

function join(a, b) {
  a.v.after.push({ other: b.v, at: a.at, its: b.at });
  b.v.before.push({ other: a.v, at: b.at, its: a.at });
}

// ---- order ----

function sortColumns(columns, tell) {
  let best = snapshot(columns), least = crossings(columns);
  for (let sweep = 0; sweep < SWEEPS && least > 0; sweep++) {
    const down = sweep % 2 === 0;
    const run = down ? columns.slice(1) : columns.slice(0, -1).reverse();
    for (const column of run) sortBy(column, down ? 'before' : 'after');
    const now = crossings(columns);
    if (now < least) { least = now; best = snapshot(columns); }
    tell((sweep + 1) / SWEEPS);
  }
  for (const [v, order] of best) v.order = order;
  for (const column of columns) column.sort((a, b) => a.order - b.order);
}

const snapshot = (columns) => columns.flat().map((v) => [v, v.order]);
/** Where a port is in its column: its card's place, and a part of one for its height. */
const spot = (v, at) => v.order + (v.h ? at / (v.h + 1) : 0.5);

function sortBy(column, side) {
  const wish = new Map(column.map((v) => [v, v[side].length
    ? v[side].reduce((sum, link) => sum + spot(link.other, link.its), 0) / v[side].length : v.order]));
  column.sort((a, b) => wish.get(a) - wish.get(b) || a.order - b.order);
  column.forEach((v, i) => { v.order = i; });
}

function crossings(columns) {
  let all = 0;
  for (const column of columns.slice(0, -1)) {
    const ends = column.flatMap((v) => v.after.map((link) => [spot(v, link.at), spot(link.other, link.its)]));
    ends.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    all += inversions(ends.map(([, to]) => to));
  }
  return all;
}

/** Pairs in the wrong order, by merge sort. */
function inversions(list) {
  if (list.length < 2) return 0;
  const half = list.length >> 1, a = list.slice(0, half), b = list.slice(half);
  let found = inversions(a) + inversions(b);
  for (let i = 0, j = 0, k = 0; k < list.length; k++) {
    if (j >= b.length || (i < a.length && a[i] <= b[j])) list[k] = a[i++];
    else { list[k] = b[j++]; found += a.length - i; }
  }
  return found;
}

// ---- heights ----

function level(columns, way, tell) {
  for (const column of columns) {
    let y = 0;
    for (const v of column) { v.y = y; y += v.h + gapAfter(v, way); }
    for (const v of column) v.y -= y / 2;
  }
  for (let pass = 0; pass < 12; pass++) {
    const run = pass % 2 === 0 ? columns.slice(1) : columns.slice(0, -1).reverse();
    for (const column of run) settle(column, pass % 2 === 0 ? 'before' : 'after', way);
    tell((pass + 1) / 16);
  }
  for (let pass = 0; pass < 4; pass++) for (const column of pass % 2 ? [...columns].reverse() : columns) settle(column, 'both', way);
}

const gapAfter = (v, way) => (v.id === null ? way.gap : ROW_GAP);

/** The heights nearest to the wished ones that keep order and gaps: pools of neighbours move as one. */
function settle(column, side, way) {
  const pools = [];
  let offset = 0;
  column.forEach((v, i) => {
    const links = side === 'both' ? [...v.before, ...v.after] : v[side];
    const force = (l) => (l.other.id === null || v.id === null ? way.pull : 1);
    const all = links.reduce((sum, l) => sum + force(l), 0);
    const wish = all ? links.reduce((sum, l) => sum + force(l) * (l.other.y + l.its - l.at), 0) / all : v.y;
    const weight = all || 0.1;
    pools.push({ sum: (wish - offset) * weight, weight, from: i, to: i });
    while (pools.length > 1 && mean(pools.at(-2)) > mean(pools.at(-1))) {
      const upper = pools.pop(), under = pools.at(-1);
      under.sum += upper.sum; under.weight += upper.weight; under.to = upper.to;
    }
    offset += v.h + gapAfter(v, way);
  });
  offset = 0;
  const starts = column.map((v) => { const at = offset; offset += v.h + gapAfter(v, way); return at; });
  for (const pool of pools) for (let i = pool.from; i <= pool.to; i++) column[i].y = mean(pool) + starts[i];
}

const mean = (pool) => pool.sum / pool.weight;
