/**
 * The edges of a document as things that can be drawn and selected.
 *
 * @typedef {{key: string, kind: 'data'|'output'|'after', ref: string, source: string, sourcePort: string|null,
 *   node: string, port: string, index: number, many: boolean, curve: import('./geometry.js').Curve|null}} Edge
 *   `node` and `port` receive; `curve` is null while either end isn't on the canvas
 */
import { OUTPUTS, parseRef, refsOf } from './refs.js';

/** The one name of an edge: the same reference twice in one port gives `#1`, `#2`. */
export const edgeKey = (kind, node, port, ref, copy = 0) => `${kind}|${node}|${port}|${ref}${copy ? `#${copy}` : ''}`;

/** The edges that one node receives, and what orders it. @returns {Edge[]} */
export function edgesInto(id, node) {
  const edges = [];
  for (const [port, value] of Object.entries(node.inputs ?? {})) {
    const seen = new Map();
    refsOf(value).forEach((ref, index) => {
      const source = parseRef(ref);
      if (!source) return;
      const copy = seen.get(ref) ?? 0;
      seen.set(ref, copy + 1);
      edges.push({
        key: edgeKey('data', id, port, ref, copy), kind: 'data', ref, source: source.node, sourcePort: source.port,
        node: id, port, index, many: Array.isArray(value), curve: null,
      });
    });
  }
  for (const first of node.after ?? []) {
    edges.push({
      key: edgeKey('after', id, '', first), kind: 'after', ref: first, source: first, sourcePort: null,
      node: id, port: '', index: 0, many: false, curve: null,
    });
  }
  return edges;
}

/** The edges into the card of the flow's outputs. @returns {Edge[]} */
export function edgesIntoOutputs(flow) {
  const edges = [];
  for (const [port, ref] of Object.entries(flow.outputs ?? {})) {
    const source = parseRef(ref);
    if (!source) continue;
    edges.push({
      key: edgeKey('output', OUTPUTS, port, ref), kind: 'output', ref, source: source.node, sourcePort: source.port,
      node: OUTPUTS, port, index: 0, many: false, curve: null,
    });
  }
  return edges;
}

/** The changes that take an edge away. @param {Edge} edge @param {Record<string, any>} flow */
export function removalOf(edge, flow) {
  if (edge.kind === 'output') return [{ op: 'remove-output', name: edge.port }];
  if (edge.kind === 'after') {
    const after = (flow.nodes[edge.node].after ?? []).filter((first) => first !== edge.ref);
    return [{ op: 'set-after', node: edge.node, after }];
  }
  return [{ op: 'disconnect', node: edge.node, port: edge.port, ref: edge.ref }];
}

/** Said aloud and written in tips. @param {Edge} edge @param {(id: string) => string} nameOf */
export function edgeName(edge, nameOf) {
  const from = edge.sourcePort ? `${nameOf(edge.source)} ${edge.sourcePort}` : nameOf(edge.source);
  if (edge.kind === 'after') return `${nameOf(edge.node)} after ${from}`;
  return `${from} to ${nameOf(edge.node)} ${edge.port}`;
}
