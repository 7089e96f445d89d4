/**
 * Where a dragged rectangle jumps to: level with another's edges or centre, or with gaps as between two others. Pure.
 *
 * @typedef {import('./geometry.js').Rect} Rect
 * @typedef {{x1: number, y1: number, x2: number, y2: number}} Line
 */

/** The lines of a rectangle on one axis: its two edges and its centre. */
const lines = (r, axis) => (axis === 'x' ? [r.x0, (r.x0 + r.x1) / 2, r.x1] : [r.y0, (r.y0 + r.y1) / 2, r.y1]);

/**
 * @param {Rect} moving @param {readonly Rect[]} others @param {number} reach how far it may jump
 * @returns {{dx: number, dy: number, x: boolean, y: boolean, lines: Line[]}} how far it jumps on each axis, whether
 *   there was anything to jump to, and what to draw
 */
export function snap(moving, others, reach) {
  const x = nearest(moving, others, 'x', reach), y = nearest(moving, others, 'y', reach);
  const dx = x?.by ?? 0, dy = y?.by ?? 0;
  const there = { x0: moving.x0 + dx, x1: moving.x1 + dx, y0: moving.y0 + dy, y1: moving.y1 + dy };
  return { dx, dy, x: !!x, y: !!y, lines: [...(x ? drawn(x, there, others, 'x') : []), ...(y ? drawn(y, there, others, 'y') : [])] };
}

function nearest(moving, others, axis, reach) {
  let best = null;
  const offer = (by, what) => {
    if (Math.abs(by) <= reach && (!best || Math.abs(by) < Math.abs(best.by) - 1e-6)) best = { by, ...what };
  };
  const own = lines(moving, axis);
  for (const other of others) {
    lines(other, axis).forEach((line, j) => own.forEach((mine, i) => {
      if ((i === 1) === (j === 1)) offer(line - mine, { line });
    }));
  }
  for (const gap of gaps(moving, others, axis)) offer(gap.by, { gap });
  return best;
}

/** Places at which the gap to a neighbour is that between two others, or the same on both sides. */
function gaps(moving, others, axis) {
  const [lo, hi, a, b] = axis === 'x' ? ['x0', 'x1', 'y0', 'y1'] : ['y0', 'y1', 'x0', 'x1'];
  const row = others.filter((o) => o[a] < moving[b] && moving[a] < o[b]).sort((p, q) => p[lo] - q[lo]);
  const before = row.filter((o) => o[hi] <= moving[lo] + 8), after = row.filter((o) => o[lo] >= moving[hi] - 8);
  const found = [];
  const [p, q] = [before.at(-2), before.at(-1)], [r, s] = [after[0], after[1]];
  if (q && p && q[lo] > p[hi]) found.push({ by: q[hi] + (q[lo] - p[hi]) - moving[lo], from: q, size: q[lo] - p[hi] });
  if (r && s && s[lo] > r[hi]) found.push({ by: r[lo] - (s[lo] - r[hi]) - moving[hi], from: r, size: s[lo] - r[hi] });
  if (q && r) found.push({ by: (q[hi] + r[lo] - moving[lo] - moving[hi]) / 2, from: q, to: r });
  return found;
}

function drawn({ line, gap }, there, others, axis) {
  if (gap) return gapLines(gap, there, axis);
  const level = others.filter((o) => lines(o, axis).some((l) => Math.abs(l - line) < 0.5));
  const [a, b] = axis === 'x' ? ['y0', 'y1'] : ['x0', 'x1'];
  const from = Math.min(there[a], ...level.map((o) => o[a])), to = Math.max(there[b], ...level.map((o) => o[b]));
  return [axis === 'x' ? { x1: line, y1: from, x2: line, y2: to } : { x1: from, y1: line, x2: to, y2: line }];
}

function gapLines({ from, to }, there, axis) {
  const between = (r, s) => {
    const [first, second] = (axis === 'x' ? r.x0 <= s.x0 : r.y0 <= s.y0) ? [r, s] : [s, r];
    const [lo, hi, a, b] = axis === 'x' ? ['x0', 'x1', 'y0', 'y1'] : ['y0', 'y1', 'x0', 'x1'];
    const at = (Math.max(r[a], s[a]) + Math.min(r[b], s[b])) / 2;
    return axis === 'x' ? { x1: first[hi], y1: at, x2: second[lo], y2: at } : { x1: at, y1: first[hi], x2: at, y2: second[lo] };
  };
  return [between(from, there), ...(to ? [between(there, to)] : [])];
}
