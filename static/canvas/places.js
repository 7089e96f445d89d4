/**
 * Where boxes stand: while a drag lasts, where the pointer holds them; else where the document says; else where the
 * canvas chose, once, so that nothing moves by itself afterwards.
 *
 * @typedef {import('./geometry.js').Box} Box
 * @typedef {[number, number]} Place
 */
import { boxRect, union } from './geometry.js';
import { topologicalOrder } from './graph.js';
import { fillIn, layered } from './layout.js';
import { isFace } from './refs.js';

/** With more than these missing, all of them are laid out afresh below the rest. */
const MANY = 200;
const GAP = 80;

export class Places {
  constructor() {
    /** @type {Map<string, Place>} */
    this.chosen = new Map();
    /** @type {Map<string, Place>} */
    this.dragged = new Map();
  }

  /** @returns {Place} */
  of(id, flow) {
    return this.dragged.get(id) ?? flow.layout?.nodes?.[id] ?? this.chosen.get(id) ?? [0, 0];
  }

  forget(id) {
    this.chosen.delete(id);
    this.dragged.delete(id);
  }

  /** Choose places for boxes that have none. @param {Map<string, Box>} boxes @returns {boolean} whether there were any */
  choose(flow, boxes) {
    const stored = flow.layout?.nodes ?? {};
    const missing = [...boxes.keys()].filter((id) => !stored[id] && !this.chosen.has(id));
    if (!missing.length) return false;
    const sizeOf = (id) => boxes.get(id) ?? { w: 0, h: 0 };
    const known = new Map([...boxes.keys()].map((id) => [id, stored[id] ?? this.chosen.get(id)]).filter(([, at]) => at));
    const begun = [...known.keys()].some((id) => !isFace(id));
    const found = begun && missing.length <= MANY
      ? fillIn(flow, sizeOf, known, inOrder(flow, missing))
      : afresh(flow, sizeOf, missing, begun ? union([...known].map(([id, [x, y]]) => boxRect({ ...sizeOf(id), x, y }))) : null);
    for (const [id, at] of found) this.chosen.set(id, at);
    return true;
  }
}

function inOrder(flow, ids) {
  const rank = new Map(topologicalOrder(flow).map((id, i) => [id, i]));
  return ids.sort((a, b) => (rank.get(a) ?? Infinity) - (rank.get(b) ?? Infinity) || 0);
}

function afresh(flow, sizeOf, missing, above) {
  const all = layered(flow, sizeOf);
  const top = Math.min(...missing.map((id) => all.get(id)[1]));
  const down = above ? Math.round(above.y1 + GAP - top) : 0;
  return missing.map((id) => [id, [all.get(id)[0], all.get(id)[1] + down]]);
}
