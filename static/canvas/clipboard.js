/**
 * Nodes as text, for the system's clipboard: they can be pasted into another flow, another tab, or an editor. What
 * is pasted comes from anywhere, so every part of it is checked before it is used.
 *
 * The text is `{"weft": 1, "flow": slug, "nodes": {id: node}, "places": {id: [x, y]}, "notes": {...}, "frames": {...}}`,
 * with the version after `weft`.
 */
import { INPUTS, freeId, isFace, isId, parseRef, refsOf, withNode } from './refs.js';

const VERSION = 1;
const SECTIONS = { note: 'notes', frame: 'frames' };
const MOST_NODES = 2000;
const MOST_TEXT = 900_000;

/** @param {import('./scene.js').Scene} scene @param {string[]} ids of nodes, notes and frames @param {string} [slug] */
export function copyNodes(scene, ids, slug = '') {
  const copied = { weft: VERSION, flow: slug, nodes: {}, places: {}, notes: {}, frames: {} };
  for (const id of ids) {
    const drawn = scene.drawn.get(id);
    if (drawn) copied[SECTIONS[drawn.kind]][drawn.id] = scene.flow.layout[SECTIONS[drawn.kind]][drawn.id];
    else {
      copied.nodes[id] = scene.flow.nodes[id];
      copied.places[id] = scene.placeOf(id);
    }
  }
  for (const name of ['notes', 'frames']) if (!Object.keys(copied[name]).length) delete copied[name];
  return JSON.stringify(copied, null, 1);
}

/**
 * The changes that put what was copied into this flow under free names. References inside follow; those to others are
 * kept with `connect` where this flow has them too, and left out otherwise.
 * @param {import('./scene.js').Scene} scene @param {any} copied from `readCopied`
 * @param {{x: number, y: number}|null} at where their middle goes; null: beside where they were
 * @returns {{changes: any[], ids: string[], ports: Record<string, any>, outside: number}} `outside` counts the
 *   references to others that could be kept
 */
export function pasteNodes(scene, copied, at, offset, connect = true) {
  const names = namesFor(copied.nodes, scene.flow.nodes ?? {});
  const shift = shiftOf(scene, copied, at, offset);
  const changes = [], ports = {}, ids = [];
  const found = { outside: 0 };
  for (const [id, node] of Object.entries(copied.nodes)) {
    const place = copied.places[id] ?? [0, 0];
    const name = names.get(id);
    changes.push({
      op: 'add-node', id: name, node: rewritten(node, names, scene.flow, connect, found),
      at: [Math.round(place[0] + shift.x), Math.round(place[1] + shift.y)],
    });
    ids.push(name);
    if (scene.ports[id] && scene.flow.nodes?.[id]?.component === node.component) ports[name] = scene.ports[id];
  }
  for (const [kind, section] of Object.entries(SECTIONS)) {
    const free = namesFor(copied[section], scene.flow.layout?.[section] ?? {}, kind);
    for (const [id, one] of Object.entries(copied[section])) {
      const name = free.get(id);
      changes.push({ op: `set-${kind}`, id: name, [kind]: { ...one, x: Math.round((one.x ?? 0) + shift.x), y: Math.round((one.y ?? 0) + shift.y) } });
      ids.push(`${kind}:${name}`);
    }
  }
  return { changes, ids, ports, outside: found.outside };
}

function namesFor(copied, there, stem = null) {
  const taken = new Set(Object.keys(there));
  return new Map(Object.keys(copied).map((id) => {
    const free = freeId(stem ?? id, (name) => taken.has(name));
    taken.add(free);
    return [id, free];
  }));
}

/**
 * What was copied, if this is ours. @param {unknown} text
 * @returns {{copied: any, why: string}} nothing, when it is somebody else's text; `why` it can't be pasted, when it is
 *   ours and broken
 */
export function readCopied(text) {
  const nothing = { copied: null, why: '' };
  if (typeof text !== 'string' || !/^\s*\{/.test(text) || !text.includes('"weft"')) return nothing;
  if (text.length > MOST_TEXT) return broken(`it is larger than ${MOST_TEXT / 1000} kB`);
  let data;
  try {
    data = JSON.parse(text);
  } catch (error) {
    return broken(`it is no JSON (${error.message})`);
  }
  if (!isMap(data)) return broken('it holds no nodes');
  if (data.weft !== VERSION) return broken(`it is of version ${JSON.stringify(data.weft)}, and this editor reads version ${VERSION}`);
  const { nodes = {}, places = {}, notes = {}, frames = {} } = data;
  const sections = { nodes, places, notes, frames };
  for (const [name, section] of Object.entries(sections)) if (!isMap(section)) return broken(`its '${name}' is no object`);
  const count = Object.keys(nodes).length + Object.keys(notes).length + Object.keys(frames).length;
  if (!count) return broken('it holds no nodes');
  if (count > MOST_NODES) return broken(`it holds ${count} nodes, ${MOST_NODES} at most`);
  for (const [id, node] of Object.entries(nodes)) {
    const wrong = wrongOf(id, node);
    if (wrong) return broken(wrong);
  }
  for (const one of [...Object.values(notes), ...Object.values(frames)]) if (!isMap(one)) return broken('a note in it is no object');
  const isPlace = (p) => Array.isArray(p) && p.length === 2 && p.every(Number.isFinite);
  return {
    why: '',
    copied: {
      slug: typeof data.flow === 'string' ? data.flow : '', nodes, notes, frames,
      places: Object.fromEntries(Object.entries(places).filter(([, p]) => isPlace(p))),
    },
  };
}

function wrongOf(id, node) {
  const shown = JSON.stringify(id.slice(0, 40));
  if (!isId(id)) return `${shown} is no name of a node`;
  if (!isMap(node) || typeof node.component !== 'string') return `the node ${shown} names no component`;
  if (node.inputs !== undefined && !isMap(node.inputs)) return `the inputs of ${shown} are no object`;
  if (node.after !== undefined && !Array.isArray(node.after)) return `'after' of ${shown} is no list`;
  return '';
}

const broken = (what) => ({ copied: null, why: `This can't be pasted: ${what}. Copy it once more.` });

const isMap = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

function shiftOf(scene, copied, at, offset) {
  const drawn = [...Object.values(copied.notes), ...Object.values(copied.frames)].map((one) => [one.x ?? 0, one.y ?? 0]);
  const places = [...Object.values(copied.places), ...drawn];
  if (!places.length) return at ?? { x: 0, y: 0 };
  const xs = places.map((p) => p[0]), ys = places.map((p) => p[1]);
  if (at) {
    const alone = !Object.keys(copied.nodes).length;
    const [w, h] = alone ? [240, 120] : [288, 200];
    return { x: at.x - (Math.min(...xs) + Math.max(...xs) + w) / 2, y: at.y - (Math.min(...ys) + Math.max(...ys) + h) / 2 };
  }
  const busy = new Set([...scene.boxes.values(), ...scene.drawn.items.values()].map((box) => `${box.x} ${box.y}`));
  let by = offset;
  while (places.some(([x, y]) => busy.has(`${x + by} ${y + by}`))) by += offset;
  return { x: by, y: by };
}

function rewritten(node, names, flow, connect, found) {
  const rename = (reference) => {
    const ref = parseRef(reference);
    return ref && names.has(ref.node) ? withNode(reference, ref.node, names.get(ref.node)) : reference;
  };
  const keeps = (reference) => {
    const ref = parseRef(reference);
    if (!ref) return false;
    if (names.has(ref.node)) return true;
    const there = ref.node === INPUTS ? ref.port in (flow.inputs ?? {}) : !isFace(ref.node) && ref.node in (flow.nodes ?? {});
    if (there) found.outside++;
    return there && connect;
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
