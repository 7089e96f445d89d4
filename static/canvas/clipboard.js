/**
 * Nodes as text, for the system's clipboard: they can be pasted into another flow, another tab, or an editor. What
 * is pasted comes from anywhere, so every part of it is checked before it is used.
 *
 * The text is `{"weft": 1, "nodes": {id: node}, "places": {id: [x, y]}}`.
 */
import { INPUTS, freeId, isFace, isId, parseRef, refsOf, withNode } from './refs.js';

const MOST_NODES = 2000;
const MOST_TEXT = 900_000;

/** @param {import('./scene.js').Scene} scene @param {string[]} ids */
export function copyNodes(scene, ids) {
  const nodes = {}, places = {};
  for (const id of ids) {
    nodes[id] = scene.flow.nodes[id];
    places[id] = scene.placeOf(id);
  }
  return JSON.stringify({ weft: 1, nodes, places }, null, 1);
}

/**
 * The changes that put copied nodes into this flow under free ids. References among them follow; references to
 * others stay where this flow has them too, and are left out otherwise.
 * @param {import('./scene.js').Scene} scene @param {string} text
 * @param {{x: number, y: number}|null} at where their middle goes; null: beside where they were
 * @returns {{changes: any[], ids: string[], ports: Record<string, any>}|null} null when this is not ours
 */
export function pasteNodes(scene, text, at, offset) {
  const copied = readCopied(text);
  if (!copied) return null;
  const taken = new Set(Object.keys(scene.flow.nodes ?? {}));
  const names = new Map();
  for (const id of Object.keys(copied.nodes)) {
    const free = freeId(id, (name) => taken.has(name));
    taken.add(free);
    names.set(id, free);
  }
  const shift = shiftOf(scene, copied, at, offset);
  const changes = [], ports = {};
  for (const [id, node] of Object.entries(copied.nodes)) {
    const place = copied.places[id] ?? [0, 0];
    const name = names.get(id);
    changes.push({
      op: 'add-node', id: name, node: rewritten(node, names, scene.flow),
      at: [Math.round(place[0] + shift.x), Math.round(place[1] + shift.y)],
    });
    if (scene.ports[id] && scene.flow.nodes?.[id]?.component === node.component) ports[name] = scene.ports[id];
  }
  return { changes, ids: [...names.values()], ports };
}

function readCopied(text) {
  if (typeof text !== 'string' || text.length > MOST_TEXT || !text.trimStart().startsWith('{')) return null;
  let data;
  try {
    data = JSON.parse(text);
  } catch {
    return null; // somebody else's text
  }
  if (data?.weft !== 1 || !isMap(data.nodes)) return null;
  const nodes = Object.entries(data.nodes);
  if (!nodes.length || nodes.length > MOST_NODES) return null;
  const good = nodes.every(([id, node]) => isId(id) && isMap(node) && typeof node.component === 'string'
    && (node.inputs === undefined || isMap(node.inputs)) && (node.after === undefined || Array.isArray(node.after)));
  if (!good) return null;
  const isPlace = (p) => Array.isArray(p) && p.length === 2 && p.every(Number.isFinite);
  const places = Object.fromEntries(Object.entries(isMap(data.places) ? data.places : {}).filter(([, p]) => isPlace(p)));
  return { nodes: data.nodes, places };
}

const isMap = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

function shiftOf(scene, copied, at, offset) {
  const places = Object.values(copied.places);
  if (!places.length) return at ?? { x: 0, y: 0 };
  const xs = places.map((p) => p[0]), ys = places.map((p) => p[1]);
  if (at) {
    return { x: at.x - (Math.min(...xs) + Math.max(...xs) + 288) / 2, y: at.y - (Math.min(...ys) + Math.max(...ys) + 200) / 2 };
  }
  const busy = new Set([...scene.boxes.values()].map((box) => `${box.x} ${box.y}`));
  let by = offset;
  while (places.some(([x, y]) => busy.has(`${x + by} ${y + by}`))) by += offset;
  return { x: by, y: by };
}

function rewritten(node, names, flow) {
  const rename = (reference) => {
    const ref = parseRef(reference);
    return ref && names.has(ref.node) ? withNode(reference, ref.node, names.get(ref.node)) : reference;
  };
  const keeps = (reference) => {
    const ref = parseRef(reference);
    if (!ref) return false;
    if (names.has(ref.node)) return true;
    return ref.node === INPUTS ? ref.port in (flow.inputs ?? {}) : !isFace(ref.node) && ref.node in (flow.nodes ?? {});
  };
  const copy = { ...node };
  const inputs = {};
  for (const [port, value] of Object.entries(node.inputs ?? {})) {
    const refs = refsOf(value).filter(keeps).map(rename);
    if (refs.length) inputs[port] = Array.isArray(value) ? refs : refs[0];
  }
  if (Object.keys(inputs).length) copy.inputs = inputs; else delete copy.inputs;
  const after = (node.after ?? []).filter(keeps).map(rename);
  if (after.length) copy.after = after; else delete copy.after;
  return copy;
}
