/**
 * Lining things up: places for rectangles, from the rectangles alone. Pure.
 *
 * @typedef {import('./geometry.js').Rect} Rect
 * @typedef {'left'|'centre'|'right'|'top'|'middle'|'bottom'} How
 * @typedef {[string, [number, number]]} Placed id and upper left corner
 */

const left = (r) => r.x0, right = (r) => r.x1, top = (r) => r.y0, bottom = (r) => r.y1;
const width = (r) => r.x1 - r.x0, height = (r) => r.y1 - r.y0;

/** All with one edge, or one centre, on a line. @param {Map<string, Rect>} rects @param {How} how @returns {Placed[]} */
export function align(rects, how) {
  const all = [...rects.values()];
  const least = (of) => Math.min(...all.map(of)), most = (of) => Math.max(...all.map(of));
  const x = {
    left: () => least(left), right: (r) => most(right) - width(r),
    centre: (r) => (least(left) + most(right) - width(r)) / 2,
  }[how];
  const y = {
    top: () => least(top), bottom: (r) => most(bottom) - height(r),
    middle: (r) => (least(top) + most(bottom) - height(r)) / 2,
  }[how];
  return changed(rects, (r) => [Math.round(x ? x(r) : r.x0), Math.round(y ? y(r) : r.y0)]);
}

/** The same gap between each and the next; the outermost stay. @param {Map<string, Rect>} rects @param {'x'|'y'} axis */
export function distribute(rects, axis) {
  const [low, size] = axis === 'x' ? [left, width] : [top, height];
  const order = [...rects].sort(([a, r], [b, s]) => low(r) - low(s) || size(r) - size(s) || (a < b ? -1 : 1));
  if (order.length < 3) return [];
  const first = order[0][1], last = order.at(-1)[1];
  const room = low(last) + size(last) - low(first) - order.reduce((sum, [, r]) => sum + size(r), 0);
  const gap = room / (order.length - 1);
  const places = new Map();
  let at = low(first);
  order.forEach(([id, r], i) => {
    places.set(id, Math.round(i === order.length - 1 ? low(r) : at));
    at += size(r) + gap;
  });
  return changed(rects, (r, id) => (axis === 'x' ? [places.get(id), r.y0] : [r.x0, places.get(id)]));
}

function changed(rects, place) {
  return [...rects].map(([id, r]) => [id, place(r, id), r]).filter(([, [x, y], r]) => x !== r.x0 || y !== r.y0)
    .map(([id, at]) => [id, at]);
}
