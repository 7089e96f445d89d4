/**
 * The rows of the outline: the flow's nodes in topological order, those in a frame under it, and the nodes of a flow
 * written in place, or of one looked at, under the node that runs it.
 *
 * @typedef {{id: string, node: string, kind: "node"|"face"|"frame"|"note"|"inner", level: number, place: number,
 *   of: number, opens: boolean, open: boolean, parent: string, slug?: string, data?: any}} Row
 */

/**
 * @param {any} scene the canvas's mirror of the flow
 * @param {{open: Set<string>, closed: Set<string>, inner: Map<string, any>, keep?: (row: Row) => boolean}} view
 *   `keep` narrows: what it refuses is left out unless something below it stays
 * @returns {Row[]}
 */
export function rowsOf(scene, view) {
  const frames = framesOf(scene);
  const top = [];
  const placed = new Set();
  for (const id of scene.walk()) {
    if (scene.drawn?.has(id)) {
      if (!placed.has(id)) top.push(id);
      continue;
    }
    const frame = frames.get(id);
    if (!frame) top.push(id);
    else if (!placed.has(frame)) {
      placed.add(frame);
      top.push(frame);
    }
  }
  const held = new Map();
  for (const [id, frame] of frames) held.set(frame, [...(held.get(frame) ?? []), id]);
  const rows = [];
  add(rows, scene, view, top, held, 1, "");
  return rows;
}

function add(rows, scene, view, ids, held, level, parent) {
  const made = ids.map((id) => {
    const children = held.get(id) ?? [];
    const flow = scene.flow.nodes?.[id] ? flowOf(scene, id) : null;
    const kind = scene.drawn?.has(id) ? scene.drawn.get(id).kind : id === "inputs" || id === "outputs" ? "face" : "node";
    const opens = children.length > 0 || flow !== null;
    const open = opens && (kind === "frame" ? !view.closed.has(id) : view.open.has(id));
    return { id, node: id, kind, level, opens, open, parent, children, flow };
  });
  const kept = made.map((row) => [row, below(scene, view, row, held)]).filter(([row, inner]) => !view.keep || inner.length || view.keep(row));
  kept.forEach(([{ children, flow, ...row }, inner], index) => {
    rows.push({ ...row, open: row.open || (!!view.keep && inner.length > 0), place: index + 1, of: kept.length, ...(typeof flow === "string" ? { slug: flow } : {}) });
    rows.push(...inner);
  });
}

function below(scene, view, row, held) {
  if (!row.open && !(view.keep && row.kind === "frame")) return [];
  const rows = [];
  if (row.children.length) add(rows, scene, view, row.children, held, row.level + 1, row.id);
  const inner = typeof row.flow === "string" ? view.inner.get(row.flow) : row.flow;
  const names = Object.keys(inner?.nodes ?? {});
  names.forEach((name, index) => rows.push({
    id: `${row.id}/${name}`, node: row.id, kind: "inner", level: row.level + 1, place: index + 1, of: names.length, opens: false, open: false,
    parent: row.id, data: inner.nodes[name], ...(typeof row.flow === "string" ? { slug: row.flow } : {}),
  }));
  return view.keep ? rows.filter((one) => one.kind !== "inner" || view.keep(one)) : rows;
}

/** By node, the smallest frame that its middle lies in. */
function framesOf(scene) {
  const found = new Map();
  const frames = [...(scene.drawn?.items.values() ?? [])].filter(({ kind }) => kind === "frame").sort((a, b) => a.w * a.h - b.w * b.h);
  if (!frames.length) return found;
  for (const [id, box] of scene.boxes) {
    const x = box.x + box.w / 2, y = box.y + box.h / 2;
    const frame = frames.find((one) => x >= one.x && x <= one.x + one.w && y >= one.y && y <= one.y + one.h);
    if (frame) found.set(id, frame.key);
  }
  const order = new Map(scene.walk().map((id, index) => [id, index]));
  return new Map([...found].sort((a, b) => order.get(a[0]) - order.get(b[0])));
}

function flowOf(scene, id) {
  const port = scene.ports[id]?.inputs.find(({ type }) => type === "flow");
  const value = port ? scene.flow.nodes[id].params?.[port.name] : null;
  return (typeof value === "string" && value) || (value && typeof value === "object" ? value : null);
}

/** Which rows to draw, by the places in the list. @returns {[number, number]} */
export function visible(top, height, size, count, margin = 8) {
  return [Math.max(0, Math.floor(top / size) - margin), Math.min(count, Math.ceil((top + height) / size) + margin)];
}
