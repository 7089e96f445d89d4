/**
 * What depends on what. Edges are references written in the receiving node, and `after`.
 * @typedef {Record<string, any>} Flow
 */
import { parseRef, refsOf } from './refs.js';

/** The nodes that `node` waits for, each once, in the order written. @returns {string[]} */
export function sourcesOf(node) {
  const found = new Set(node.after ?? []);
  for (const value of Object.values(node.inputs ?? {})) {
    for (const ref of refsOf(value)) {
      const source = parseRef(ref);
      if (source) found.add(source.node);
    }
  }
  return [...found];
}

/**
 * A way from `from` to `to` along the edges, or null. Walks backwards from `to`: only its ancestors are looked at.
 * `from` equal to `to` is a way of one node.
 * @param {Flow} flow @returns {string[]|null}
 */
export function pathBetween(flow, from, to) {
  const next = new Map([[to, null]]);
  const queue = [to];
  for (const id of queue) {
    if (id === from) {
      const path = [];
      for (let at = id; at !== null; at = next.get(at)) path.push(at);
      return path;
    }
    const node = flow.nodes?.[id];
    if (!node) continue;
    for (const source of sourcesOf(node)) {
      if (!next.has(source)) { next.set(source, id); queue.push(source); }
    }
  }
  return null;
}

/**
 * Node ids such that each comes after what it waits for; among equals the order of the document. Nodes on a cycle
 * come last, in the document's order.
 * @param {Flow} flow @returns {string[]}
 */
export function topologicalOrder(flow) {
  const nodes = flow.nodes ?? {};
  const ids = Object.keys(nodes);
  const waits = new Map(), feeds = new Map(ids.map((id) => [id, []]));
  for (const id of ids) {
    const sources = sourcesOf(nodes[id]).filter((s) => feeds.has(s));
    waits.set(id, sources.length);
    for (const s of sources) feeds.get(s).push(id);
  }
  const order = ids.filter((id) => !waits.get(id));
  for (const id of order) {
    for (const then of feeds.get(id)) {
      waits.set(then, waits.get(then) - 1);
      if (!waits.get(then)) order.push(then);
    }
  }
  const placed = new Set(order);
  return [...order, ...ids.filter((id) => !placed.has(id))];
}

/**
 * For each node the length of the longest way to it: its column in a layered drawing. A node on a cycle gets the
 * column its known sources allow.
 * @param {Flow} flow @returns {Map<string, number>}
 */
export function layersOf(flow) {
  const layer = new Map();
  for (const id of topologicalOrder(flow)) {
    let most = 0;
    for (const s of sourcesOf(flow.nodes[id])) if (layer.has(s)) most = Math.max(most, layer.get(s) + 1);
    layer.set(id, most);
  }
  return layer;
}
