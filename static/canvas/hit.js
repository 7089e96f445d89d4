/**
 * What lies under a point of the plane, from the model alone.
 *
 * @typedef {{kind: 'port', box: import('./geometry.js').Box, row: number}} PortHit
 * @typedef {{kind: 'node', box: import('./geometry.js').Box}} NodeHit
 * @typedef {{kind: 'edge', edge: import('./edges.js').Edge, end: 'source'|'target'|null}} EdgeHit
 *   `end` when the point is near enough to an end to pick it up
 * @typedef {{kind: 'drawn', key: string, part: 'body'|'grip'}} DrawnHit a note or a frame
 * @typedef {PortHit|NodeHit|EdgeHit|DrawnHit|null} Hit
 */
import { CARD_ZOOM, nearest, portPoint } from './geometry.js';

const PORT = 12;
const FINGER = 22;
const EDGE = 7;
const EDGE_END = 34;

/** @param {import('./scene.js').Scene} scene @param {import('./geometry.js').Point} p @param {number} k
 *  @param {boolean} [finger] it covers more than the point of a mouse @returns {Hit} */
export function hitAt(scene, p, k, finger = false) {
  const node = nodeAt(scene, p);
  if (k >= CARD_ZOOM) {
    const port = portNear(scene, p, finger ? FINGER / k : Math.max(PORT, PORT / k), null, node);
    if (port) return { kind: 'port', ...port };
  }
  if (node) return { kind: 'node', box: node };
  return scene.drawn.hit(p, 'note', k) ?? edgeAt(scene, p, k) ?? scene.drawn.hit(p, 'frame', k);
}

/** The topmost box over a point. */
export function nodeAt(scene, p) {
  let top = null;
  for (const box of scene.nodeGrid.query({ x0: p.x, y0: p.y, x1: p.x, y1: p.y })) {
    if (!top || box.z >= top.z) top = box;
  }
  return top;
}

/**
 * The nearest port within `reach`, in world units, that `wanted` accepts. Ports under another card don't count.
 * @param {((box: import('./geometry.js').Box, row: import('./rows.js').Row) => boolean)|null} wanted
 * @returns {{box: import('./geometry.js').Box, row: number}|null}
 */
export function portNear(scene, p, reach, wanted = null, above = nodeAt(scene, p)) {
  let best = null, least = reach;
  for (const box of scene.nodeGrid.query({ x0: p.x - reach, y0: p.y - reach, x1: p.x + reach, y1: p.y + reach })) {
    if (above && above !== box && above.z > box.z) continue;
    box.rows.forEach((row, i) => {
      const at = portPoint(box, i);
      const distance = Math.hypot(at.x - p.x, at.y - p.y);
      if (distance <= least && (!wanted || wanted(box, row))) { least = distance; best = { box, row: i }; }
    });
  }
  return best;
}

/** @returns {EdgeHit|null} */
export function edgeAt(scene, p, k) {
  const reach = EDGE / k;
  let best = null, least = reach, where = 0;
  for (const edge of scene.edgeGrid.query({ x0: p.x - reach, y0: p.y - reach, x1: p.x + reach, y1: p.y + reach })) {
    const { distance, t } = nearest(edge.curve, p);
    if (distance <= least) { least = distance; best = edge; where = t; }
  }
  if (!best) return null;
  const { x1, y1, x2, y2 } = best.curve;
  const far = EDGE_END / k;
  const near = (x, y) => Math.hypot(x - p.x, y - p.y) <= far;
  const end = best.kind === 'after' ? null : where > 0.5 && near(x2, y2) ? 'target' : where <= 0.5 && near(x1, y1) ? 'source' : null;
  return { kind: 'edge', edge: best, end };
}
