/** The scene as what `layering` draws, and the drawing as places of the scene. */
import { PADDING, TITLE } from './drawn.js';
import { union } from './geometry.js';
import { INPUTS, OUTPUTS } from './refs.js';

/**
 * What there is to draw: all, or only some nodes.
 * @param {import('./scene.js').Scene} scene @param {readonly string[]|null} ids
 * @returns {{cards: import('./layering.js').Card[], lines: import('./layering.js').Line[]}}
 */
export function drawing(scene, ids = null) {
  const known = ids ? new Set(ids) : null;
  const boxes = [...scene.boxes.values()].filter((box) => !known || known.has(box.id));
  const cards = boxes.map(({ id, w, h }) => ({ id, w, h, ...(id === INPUTS ? { layer: 'first' } : id === OUTPUTS ? { layer: 'last' } : {}) }));
  const lines = [];
  for (const edge of scene.edges.values()) {
    const from = scene.boxes.get(edge.source), to = scene.boxes.get(edge.node);
    if (!from || !to || (known && !(known.has(edge.source) && known.has(edge.node)))) continue;
    lines.push({ from: edge.source, to: edge.node, out: scene.startOf(edge, from).y - from.y, into: scene.endOf(edge, to).y - to.y });
  }
  return { cards, lines };
}

/**
 * Places that differ from where they are; of some nodes, their middle stays where it is. What has gone meanwhile has none.
 * @param {import('./scene.js').Scene} scene @param {ReadonlyMap<string, [number, number]>} drawn
 * @param {readonly string[]|null} ids @returns {[string, [number, number]][]}
 */
export function placed(scene, drawn, ids = null) {
  const places = new Map([...drawn].filter(([id]) => scene.boxes.has(id)));
  const boxes = [...places.keys()].map((id) => scene.boxes.get(id));
  const [dx, dy] = ids && boxes.length ? shift(boxes, places) : [0, 0];
  return [...places].map(([id, [x, y]]) => [id, [x + dx, y + dy]]).filter(([id, [x, y]]) => {
    const box = scene.boxes.get(id);
    return box.x !== x || box.y !== y;
  });
}

/** So that the middle of all stays, on the grid. */
function shift(boxes, places) {
  const middle = (of, size) => (Math.min(...boxes.map(of)) + Math.max(...boxes.map((b) => of(b) + size(b)))) / 2;
  const onGrid = (v) => Math.round(v / 10) * 10;
  return [
    onGrid(middle((b) => b.x, (b) => b.w) - middle((b) => places.get(b.id)[0], (b) => b.w)),
    onGrid(middle((b) => b.y, (b) => b.h) - middle((b) => places.get(b.id)[1], (b) => b.h)),
  ];
}

/** The changes that put each frame around the nodes that stood in it, after they have moved. */
export function framesAround(scene, places) {
  const moved = new Map(places);
  const changes = [];
  for (const { key, kind } of scene.drawn.items.values()) {
    if (kind !== 'frame') continue;
    const ids = scene.drawn.inside(key).filter((id) => scene.boxes.has(id));
    if (!ids.some((id) => moved.has(id))) continue;
    const all = union(ids.map((id) => {
      const { w, h, x, y } = scene.boxes.get(id), [nx, ny] = moved.get(id) ?? [x, y];
      return { x0: nx, y0: ny, x1: nx + w, y1: ny + h };
    }));
    changes.push(scene.drawn.change(key, {
      x: all.x0 - PADDING, y: all.y0 - PADDING - TITLE, width: all.x1 - all.x0 + 2 * PADDING, height: all.y1 - all.y0 + 2 * PADDING + TITLE,
    }));
  }
  return changes;
}
