/**
 * A node put on an edge: what came from the source goes through it. Pure: gives changes.
 *
 * @typedef {import('./edges.js').Edge} Edge
 * @typedef {import('./rows.js').Ports} Ports
 */
import { INPUTS, NEW, OUTPUTS, refsOf } from './refs.js';
import { TYPED_IN, canBeWired, refTo } from './rows.js';

/**
 * @param {import('./scene.js').Scene} scene @param {Edge} edge @param {string} id of the node @param {string} component
 * @param {Ports|undefined} ports of the node @param {Record<string, any>} [wired] what its inputs have already
 * @returns {{port?: string, changes: any[], why: string}} the changes that wire it in, or why it can't be
 */
export function splice(scene, edge, id, component, ports, wired = {}) {
  const name = scene.components[component]?.title || component;
  if (edge.kind === 'after') return no('This edge is an order without a value: nothing goes through it.');
  if (edge.source === id || edge.node === id) return no('It is at an end of this edge already.');
  const [source, target] = typesOf(scene, edge);
  const into = best((ports?.inputs ?? []).filter((p) => canBeWired(p) && !TYPED_IN.has(p.type) && !refsOf(wired[p.name]).length), (p) => scene.fit(source, p.type), (p) => alike(p.type, source), (p) => p.required);
  if (!into) return no(`${name} takes no ${source}: nothing of the edge can go into it.`);
  const out = best(ports?.outputs ?? [], (p) => scene.fit(p.type, target), (p) => alike(p.type, target), () => false);
  if (!out) return no(`${name} gives no ${target}: ${edge.port} could not take what it gives.`);
  const ref = refTo(id, out.name, ports, edge.node === OUTPUTS ? 'any' : target);
  const many = into.many ? { many: true } : {};
  return { why: '', port: into.name, changes: [{ op: 'connect', node: id, port: into.name, ref: edge.ref, ...many }, ...instead(edge, ref)] };
}

/**
 * The edge from a loose end to a node that is being added. @param {string} id of the new node @param {Ports} ports its
 * @param {{node: string, port: string, side: 'in'|'out', type: string}} from the loose end
 * @returns {any[]|null} null where the ports have to be there first: a new input or output of the flow, an unknown port
 */
export function firstWire(scene, id, ports, { node, port, side, type }) {
  if (port === NEW || node === OUTPUTS) return null;
  if (side === 'out') {
    const into = best(ports.inputs.filter((p) => canBeWired(p) && !TYPED_IN.has(p.type)), (p) => scene.fit(type, p.type), (p) => alike(p.type, type), (p) => p.required);
    if (!into) return null;
    const ref = node === INPUTS ? `${INPUTS}.${port}` : refTo(node, port, scene.ports[node], into.type);
    return [{ op: 'connect', node: id, port: into.name, ref, ...(into.many ? { many: true } : {}) }];
  }
  const target = scene.ports[node]?.inputs.find((p) => p.name === port);
  const out = best(ports.outputs, (p) => scene.fit(p.type, type), (p) => alike(p.type, type), () => false);
  if (!target || !out) return null;
  return [{ op: 'connect', node, port, ref: refTo(id, out.name, ports, type), ...(target.many ? { many: true } : {}) }];
}

/** What the edge carries, and what it is taken as. @param {Edge} edge @returns {[string, string]} */
export function typesOf(scene, edge) {
  const source = scene.boxes.get(edge.source);
  const row = source ? scene.sourceRow(edge, source) : -1;
  const given = row >= 0 ? source.rows[row].type : scene.typeOf(edge.ref);
  return [given, edge.kind === 'output' ? 'any' : scene.typeOfInput(edge.node, edge.port)];
}

/** Another reference where the edge arrives, in its place among others. */
function instead(edge, ref) {
  if (edge.kind === 'output') return [{ op: 'set-output', name: edge.port, ref }];
  if (!edge.many) return [{ op: 'connect', node: edge.node, port: edge.port, ref }];
  return [
    { op: 'connect', node: edge.node, port: edge.port, ref, many: true, index: edge.index },
    { op: 'disconnect', node: edge.node, port: edge.port, ref: edge.ref },
  ];
}

function best(list, fits, same, wanted) {
  const found = list.filter(fits);
  return found.find((p) => same(p) && wanted(p)) ?? found.find(wanted) ?? found.find(same) ?? found[0] ?? null;
}

/** The same, or one of a list of the same. */
const alike = (type, other) => type === other || type === `list[${other}]` || other === `list[${type}]`;
const no = (why) => ({ why, changes: [] });
