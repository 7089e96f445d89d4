/**
 * Where everything is, from the model alone: no layout is ever read back from the page.
 * World units are CSS pixels at zoom 1; the origin of a box is its top left corner.
 *
 * @typedef {{x: number, y: number}} Point
 * @typedef {{x0: number, y0: number, x1: number, y1: number}} Rect
 * @typedef {{x1: number, y1: number, c1: number, c2: number, x2: number, y2: number}} Curve  a cubic Bezier
 *   whose control points lie at the heights of its ends: (c1, y1) and (c2, y2)
 * @typedef {import('./rows.js').Row} Row
 * @typedef {{id: string, kind: 'node'|'inputs'|'outputs', x: number, y: number, w: number, h: number,
 *   rows: Row[], hidden: number, z: number}} Box
 */

/** A node's card: header, one row a port, and a text box of three lines. */
export const CARD = { width: 288, head: 46, pad: 8, row: 30, gap: 15, text: 60, foot: 13 };

/** The card of the flow's inputs or outputs: a lower header, no text box. */
export const FACE = { width: 208, head: 36, pad: 6, row: 30, foot: 8 };

/** Below this zoom there are no cards, only rectangles. */
export const CARD_ZOOM = 0.4;
/** Below this one, the writing on cards is larger than life, so that a whole flow can be read. */
export const SMALL_ZOOM = 0.66;
export const MIN_ZOOM = 0.05;
export const MAX_ZOOM = 2;

/** How near, in screen pixels, a loose end jumps to a port. */
export const SNAP = 20;

const sizes = (kind) => (kind === 'node' ? CARD : FACE);

/** @param {Box['kind']} kind @param {number} rows @returns {{w: number, h: number}} */
export function boxSize(kind, rows) {
  const s = sizes(kind);
  const below = kind === 'node' ? CARD.gap + CARD.text + CARD.foot : FACE.foot;
  return { w: s.width, h: s.head + s.pad + rows * s.row + below };
}

/** The height of a row's centre below the top of its card. */
export function rowCentre(kind, index) {
  const s = sizes(kind);
  return s.head + s.pad + (index + 0.5) * s.row;
}

/** @param {Box} box @param {number} index of the row @returns {Point} */
export function portPoint(box, index) {
  const side = box.rows[index].side;
  return { x: side === 'out' ? box.x + box.w : box.x, y: box.y + rowCentre(box.kind, index) };
}

/** Where an order without data (`after`) leaves or enters a card: the middle of its header. */
export function headPoint(box, side) {
  return { x: side === 'out' ? box.x + box.w : box.x, y: box.y + sizes(box.kind).head / 2 };
}

/** @returns {Rect} */
export const boxRect = (box) => ({ x0: box.x, y0: box.y, x1: box.x + box.w, y1: box.y + box.h });

/** @param {Rect} a @param {Rect} b */
export const overlaps = (a, b) => a.x0 <= b.x1 && b.x0 <= a.x1 && a.y0 <= b.y1 && b.y0 <= a.y1;

/** @param {Point} a @param {Point} b @returns {Rect} */
export const rectOf = (a, b) => ({
  x0: Math.min(a.x, b.x), y0: Math.min(a.y, b.y), x1: Math.max(a.x, b.x), y1: Math.max(a.y, b.y),
});

/** @param {Iterable<Rect>} rects @returns {Rect|null} the smallest that holds them all */
export function union(rects) {
  let all = null;
  for (const r of rects) {
    if (!all) { all = { ...r }; continue; }
    all.x0 = Math.min(all.x0, r.x0); all.y0 = Math.min(all.y0, r.y0);
    all.x1 = Math.max(all.x1, r.x1); all.y1 = Math.max(all.y1, r.y1);
  }
  return all;
}

/** The smallest rectangle around boxes, or null. @param {Iterable<Box>} boxes @returns {Rect|null} */
export function around(boxes) {
  let x0 = Infinity, y0 = Infinity, x1 = -Infinity, y1 = -Infinity;
  for (const { x, y, w, h } of boxes) {
    if (x < x0) x0 = x;
    if (y < y0) y0 = y;
    if (x + w > x1) x1 = x + w;
    if (y + h > y1) y1 = y + h;
  }
  return x1 < x0 ? null : { x0, y0, x1, y1 };
}

/**
 * An edge leaves to the right and arrives from the left. A backward one swings out further, but never so far
 * that it is lost from view.
 * @param {Point} from @param {Point} to @returns {Curve}
 */
export function curve(from, to) {
  const dx = to.x - from.x;
  const reach = dx >= 0
    ? Math.max(dx / 2, Math.min(60, 24 + Math.abs(to.y - from.y) / 4))
    : Math.min(320, 70 - dx / 3);
  return { x1: from.x, y1: from.y, c1: from.x + reach, c2: to.x - reach, x2: to.x, y2: to.y };
}

/** The box of a curve: that of its control points, which holds the curve. @param {Curve} c @returns {Rect} */
export function curveRect(c) {
  return {
    x0: Math.min(c.x1, c.c1, c.c2, c.x2), y0: Math.min(c.y1, c.y2),
    x1: Math.max(c.x1, c.c1, c.c2, c.x2), y1: Math.max(c.y1, c.y2),
  };
}

/** @param {Curve} c @param {number} t from 0 to 1 @returns {Point} */
export function curveAt(c, t) {
  const u = 1 - t;
  const a = u * u * u, b = 3 * u * u * t, d = 3 * u * t * t, e = t * t * t;
  return { x: a * c.x1 + b * c.c1 + d * c.c2 + e * c.x2, y: (a + b) * c.y1 + (d + e) * c.y2 };
}

/** @param {Curve} c @param {Point} p @returns {{distance: number, t: number}} to the nearest of 32 chords */
export function nearest(c, p) {
  let best = { distance: Infinity, t: 0 };
  let a = { x: c.x1, y: c.y1 };
  for (let i = 1; i <= 32; i++) {
    const b = curveAt(c, i / 32);
    const dx = b.x - a.x, dy = b.y - a.y;
    const length = dx * dx + dy * dy || 1;
    const s = Math.max(0, Math.min(1, ((p.x - a.x) * dx + (p.y - a.y) * dy) / length));
    const distance = Math.hypot(a.x + s * dx - p.x, a.y + s * dy - p.y);
    if (distance < best.distance) best = { distance, t: (i - 1 + s) / 32 };
    a = b;
  }
  return best;
}

/** SVG path data of a curve. @param {Curve} c */
export const pathData = (c) => `M${c.x1} ${c.y1}C${c.c1} ${c.y1} ${c.c2} ${c.y2} ${c.x2} ${c.y2}`;

/** The camera that shows `rect` whole, with a margin, and never larger than life. */
export function fitCamera(rect, width, height, margin = 56, most = 1) {
  const w = Math.max(1, rect.x1 - rect.x0), h = Math.max(1, rect.y1 - rect.y0);
  const k = Math.max(MIN_ZOOM, Math.min(most, (width - 2 * margin) / w, (height - 2 * margin) / h));
  return { k, x: (width - w * k) / 2 - rect.x0 * k, y: (height - h * k) / 2 - rect.y0 * k };
}
