/**
 * What may be connected to what, and the changes that do it. One end is fixed, the other is sought.
 *
 * @typedef {import('./edges.js').Edge} Edge
 * @typedef {{side: 'in'|'out', node: string, port: string, type: string, many: boolean, slot: number,
 *   free: boolean}} End
 * @typedef {{ok: boolean, reason: string, adapter: string|null}} Verdict
 */
import { edgeName, removalOf } from './edges.js';
import { pathBetween } from './graph.js';
import { INPUTS, NEW, OUTPUTS, freeId, refsOf } from './refs.js';
import { canBeWired, refTo } from './rows.js';

const INPUT_TYPE = /^(list\[)?(text|number|integer|boolean|json|messages|file|any)\]?$/;

/** @param {import('./geometry.js').Box} box @param {import('./rows.js').Row} row @returns {End} */
export const endOf = (box, row) =>
  ({ side: row.side, node: box.id, port: row.port, type: row.type, many: row.many, slot: row.slot, free: row.free });

/** Every place on a node's card, shown or not, where an edge could start or arrive. @returns {End[]} */
export function endsOf(scene, id, side) {
  const box = scene.boxes.get(id);
  if (!box) return [];
  if (box.kind !== 'node') return box.rows.filter((r) => r.side === side).map((r) => endOf(box, r));
  const ports = scene.ports[id];
  const list = side === 'in' ? (ports?.inputs ?? []).filter(canBeWired) : ports?.outputs ?? [];
  return list.map((p) => {
    const count = refsOf(scene.flow.nodes[id].inputs?.[p.name]).length;
    const many = side === 'in' && !!p.many;
    return { side, node: id, port: p.name, type: p.type, many, slot: many ? count : 0, free: many };
  });
}

/** An edge in the making: `fixed` stays, `moving` is the edge whose other end was picked up, if any. */
export class Wire {
  /** @param {import('./scene.js').Scene} scene @param {End} fixed @param {Edge|null} moving */
  constructor(scene, fixed, moving = null) {
    this.scene = scene;
    this.fixed = fixed;
    this.moving = moving;
    this.loops = new Map();
  }

  /** @param {End} end @returns {Verdict} */
  verdict(end) {
    const { fixed, scene } = this;
    if (end.side === fixed.side) return no(`Both are ${end.side === 'in' ? 'inputs' : 'outputs'}: an edge goes from an output to an input.`);
    if (end.node === fixed.node) return no("A node can't feed itself.");
    const [source, target] = this.pair(end);
    if (source.port === NEW && target.port === NEW) return no('Connect a new input to a node.');
    const loop = this.loop(source.node, target.node);
    if (loop) return no(`That would close a loop: ${loop.map((id) => scene.nameOf(id)).join(' → ')}.`);
    if (this.isThere(source, target)) return no('These two are connected already.');
    if (source.port === NEW || target.port === NEW) return { ok: true, reason: '', adapter: null };
    const fit = scene.fit(source.type, target.type);
    if (!fit) return no(`${an(source.type)} doesn't fit ${target.port}, which takes ${target.type}.`);
    return { ok: true, reason: '', adapter: fit.adapter };
  }

  /** @param {End} end @returns {[End, End]} what feeds, what receives */
  pair(end) { return this.fixed.side === 'out' ? [this.fixed, end] : [end, this.fixed]; }

  /** The nodes of the loop that an edge would close, asked once for each. */
  loop(source, target) {
    if (source === INPUTS || target === OUTPUTS) return null;
    const key = this.fixed.side === 'out' ? target : source;
    if (!this.loops.has(key)) {
      const path = pathBetween(this.scene.flow, target, source);
      this.loops.set(key, path && [...path, target]);
    }
    return this.loops.get(key);
  }

  isThere(source, target) {
    if (source.port === NEW || target.port === NEW) return false;
    const ref = this.ref(source, target);
    const edges = this.scene.into.get(target.node) ?? [];
    return [...edges].some((e) => e !== this.moving && e.port === target.port && e.kind !== 'after' && this.means(e, source, ref));
  }

  means(edge, source, ref) {
    if (edge.ref === ref) return true;
    const box = this.scene.boxes.get(edge.source);
    return edge.source === source.node && !!box && box.rows[this.scene.sourceRow(edge, box)]?.port === source.port;
  }

  ref(source, target) {
    if (source.node === INPUTS) return `${INPUTS}.${source.port}`;
    const type = target.node === OUTPUTS ? 'any' : target.type;
    return refTo(source.node, source.port, this.scene.ports[source.node], type);
  }

  /** The changes that connect `end`, and what they are called. @param {End} end */
  connect(end) {
    const changes = [];
    let [source, target] = this.pair(end);
    if (source.port === NEW) {
      const name = freeId(target.port, (id) => id in (this.scene.flow.inputs ?? {}));
      const type = INPUT_TYPE.test(target.type) ? target.type : 'text';
      changes.push({ op: 'set-input', name, input: { type } });
      source = { ...source, port: name, type };
    }
    const ref = this.ref(source, target);
    if (this.moving) changes.push(...this.move(ref, target));
    else changes.push(arrival(this.scene, ref, source, target));
    const from = source.node === INPUTS ? source.port : this.scene.nameOf(source.node);
    return { changes, label: `Connect ${from} to ${this.scene.nameOf(target.node)}` };
  }

  /** The same edge with another end. */
  move(ref, target) {
    const edge = this.moving;
    const samePort = edge.node === target.node && edge.port === target.port;
    if (!samePort) return [...removalOf(edge, this.scene.flow), arrival(this.scene, ref, this.sourceOf(ref), target)];
    if (edge.kind === 'output') return edge.ref === ref ? [] : [{ op: 'set-output', name: edge.port, ref }];
    if (!edge.many) return edge.ref === ref ? [] : [{ op: 'connect', node: edge.node, port: edge.port, ref }];
    const refs = refsOf(this.scene.flow.nodes[edge.node].inputs[edge.port]).slice();
    if (edge.ref !== ref) {
      return [...removalOf(edge, this.scene.flow),
        { op: 'connect', node: edge.node, port: edge.port, ref, many: true, index: edge.index }];
    }
    refs.splice(edge.index, 1);
    refs.splice(Math.min(target.slot, refs.length), 0, ref);
    if (Math.min(target.slot, refs.length - 1) === edge.index) return [];
    return [{ op: 'reorder', node: edge.node, port: edge.port, refs }];
  }

  sourceOf(ref) { return { node: ref.split('.')[0], port: ref.split('.')[1] ?? '' }; }

  /** Let go of the moving edge. */
  remove() {
    return {
      changes: removalOf(this.moving, this.scene.flow),
      label: `Disconnect ${edgeName(this.moving, (id) => this.scene.nameOf(id))}`,
    };
  }
}

function arrival(scene, ref, source, target) {
  if (target.node === OUTPUTS) {
    const wish = source.node === INPUTS || scene.ports[source.node]?.outputs[0]?.name !== source.port && source.port
      ? source.port : source.node;
    const taken = (id) => id in (scene.flow.outputs ?? {});
    return { op: 'set-output', name: target.port === NEW ? freeId(wish, taken) : target.port, ref };
  }
  const change = { op: 'connect', node: target.node, port: target.port, ref };
  if (!target.many) return change;
  return target.free ? { ...change, many: true } : { ...change, many: true, index: target.slot };
}

const no = (reason) => ({ ok: false, reason, adapter: null });
const an = (type) => `${/^[aeiou]/.test(type) ? 'An' : 'A'} ${type} value`;
