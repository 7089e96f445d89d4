/**
 * The mirror of one document as boxes and curves, kept in two grids. `show(flow)` compares the new document with
 * the last one part by part, by identity, and touches only what differs.
 *
 * @typedef {import('./geometry.js').Box} Box
 * @typedef {import('./edges.js').Edge} Edge
 * @typedef {import('./rows.js').Ports} Ports
 * @typedef {Record<string, any>} Flow
 */
import { edgesInto, edgesIntoOutputs } from './edges.js';
import { around, boxRect, boxSize, union } from './geometry.js';
import { Drawn } from './drawn.js';
import { Ghosts } from './ghosts.js';
import { Reviewed } from './reviewed.js';
import { topologicalOrder } from './graph.js';
import { Grid } from './grid.js';
import { Joints } from './joints.js';
import { Places } from './places.js';
import { INPUTS, OUTPUTS } from './refs.js';
import { inputsFaceRows, nodeRows, outputsFaceRows } from './rows.js';

const EMPTY = Object.freeze({ nodes: {} });

export class Scene extends Joints {
  /** @param {() => void} changed called after anything that needs a new picture */
  constructor(changed) {
    super();
    this.changed = changed;
    this.components = {};
    /** @type {Map<string, string|null>} `source>target` to the adapter's name, for every pair that fits */
    this.fits = new Map();
    /** @type {Set<string>} nodes whose optional ports are shown */
    this.open = new Set();
    this.reset();
  }

  reset() {
    /** @type {Flow} */
    this.flow = EMPTY;
    /** @type {Record<string, Ports>} */
    this.ports = {};
    /** @type {Map<string, Box>} */
    this.boxes = new Map();
    /** @type {Map<string, Edge>} */
    this.edges = new Map();
    /** @type {Map<string, Set<Edge>>} */
    this.into = new Map();
    /** @type {Map<string, Set<Edge>>} */
    this.outOf = new Map();
    this.nodeGrid = new Grid();
    this.edgeGrid = new Grid();
    this.places = new Places();
    /** @type {Map<string, any[]>} */
    this.problems = new Map();
    /** @type {Map<string, import('./status.js').StepView>} */
    this.steps = new Map();
    /** What the latest run has added to its graph. */
    this.ghosts = new Ghosts(this);
    this.reviewed = new Reviewed(this);
    /** Sticky notes and frames. */
    this.drawn = new Drawn(this);
    /** Nodes with a pinned output, on the longest way through the last run, and so on: see `setMarks`. */
    this.marks = { pinned: new Set(), critical: new Set(), differs: new Set(), fresh: new Set() };
    /** Cards whose content must be written again. */
    this.stale = new Set();
    /** Cards that only stand elsewhere. */
    this.moved = new Set();
    this.topZ = 1;
    this.version = 0;
    this.order = null;
    this.box = null;
  }

  /** Show another state of the document. @param {Flow} flow @param {Record<string, Ports|null>} [ports] that changed */
  show(flow, ports = {}) {
    const before = this.flow;
    this.flow = flow;
    const nodes = flow.nodes ?? {}, old = before.nodes ?? {};
    const measure = new Set();
    for (const [id, its] of Object.entries(ports)) {
      if (its) this.ports[id] = its; else delete this.ports[id];
      this.touchWithReaders(id, measure);
    }
    if (nodes !== old) {
      for (const id in old) if (!(id in nodes)) this.drop(id, measure);
      for (const id in nodes) {
        if (nodes[id] === old[id]) continue;
        this.rewire(id, edgesInto(id, nodes[id]), measure);
        this.touchWithReaders(id, measure, !(id in old));
      }
    }
    if (flow.outputs !== before.outputs) {
      this.rewire(OUTPUTS, edgesIntoOutputs(flow), measure);
      measure.add(OUTPUTS);
    }
    if (flow.inputs !== before.inputs) measure.add(INPUTS);
    this.showFaces(measure);
    this.drawn.show(flow.layout, before.layout);
    for (const id of measure) this.measure(id);
    this.placeAll(before, measure);
    this.place(measure);
    this.order = null;
    this.touch();
  }

  touchWithReaders(id, measure, isNew = false) {
    measure.add(id);
    if (isNew || !this.ports[id]) return;
    for (const edge of this.outOf.get(id) ?? []) if (edge.node === OUTPUTS) measure.add(OUTPUTS);
  }

  /** The two cards of the flow itself are there as soon as there is anything to wire them to. */
  showFaces(measure) {
    const { nodes = {}, inputs = {}, outputs = {} } = this.flow;
    const wanted = Object.keys(nodes).length + Object.keys(inputs).length + Object.keys(outputs).length > 0;
    for (const id of [INPUTS, OUTPUTS]) {
      if (wanted && !this.boxes.has(id)) measure.add(id);
      if (!wanted) { measure.delete(id); this.forgetBox(id); }
    }
  }

  drop(id, measure) {
    this.rewire(id, [], measure);
    this.forgetBox(id);
    measure.delete(id);
    delete this.ports[id];
    this.places.forget(id);
    this.open.delete(id);
    for (const edge of this.outOf.get(id) ?? []) this.bend(edge);
  }

  forgetBox(id) {
    const box = this.boxes.get(id);
    if (!box) return;
    this.boxes.delete(id);
    this.nodeGrid.delete(box);
    this.stale.add(id);
  }

  /** Replace the edges that arrive at `id`. */
  rewire(id, edges, measure) {
    for (const edge of this.into.get(id) ?? []) {
      this.edges.delete(edge.key);
      this.edgeGrid.delete(edge);
      this.outOf.get(edge.source)?.delete(edge);
      if (this.boxes.has(edge.source) && !this.ports[edge.source]) measure.add(edge.source);
    }
    this.into.set(id, new Set(edges));
    for (const edge of edges) {
      this.edges.set(edge.key, edge);
      if (!this.outOf.has(edge.source)) this.outOf.set(edge.source, new Set());
      this.outOf.get(edge.source).add(edge);
      if (edge.source in (this.flow.nodes ?? {}) && !this.ports[edge.source]) measure.add(edge.source);
    }
  }

  /** Rows and size of a box. */
  measure(id) {
    const kind = id === INPUTS ? 'inputs' : id === OUTPUTS ? 'outputs' : 'node';
    if (kind === 'node' && !this.flow.nodes?.[id]) return;
    const { rows, hidden } = this.rowsOf(id, kind);
    const { w, h } = boxSize(kind, rows.length);
    const box = this.boxes.get(id);
    if (box) Object.assign(box, { rows, hidden, w, h });
    else this.boxes.set(id, { id, kind, rows, hidden, w, h, x: 0, y: 0, z: this.topZ });
    this.stale.add(id);
  }

  rowsOf(id, kind) {
    if (kind === 'inputs') return { rows: inputsFaceRows(this.flow), hidden: 0 };
    if (kind === 'outputs') return { rows: outputsFaceRows(this.flow, (ref) => this.typeOf(ref)), hidden: 0 };
    const used = new Set();
    for (const edge of this.outOf.get(id) ?? []) if (edge.sourcePort) used.add(edge.sourcePort);
    const node = this.flow.nodes[id];
    return nodeRows(node, this.ports[id], used, this.open.has(id), this.components[node.component]?.written);
  }

  /** Every box that has no place gets one, and moved ones are added to `moved`. */
  placeAll(before, moved) {
    const stored = this.flow.layout?.nodes ?? {}, old = before.layout?.nodes ?? {};
    const chose = this.places.choose(this.flow, this.boxes);
    if (stored === old && !chose) return;
    for (const id of this.boxes.keys()) if (stored[id] !== old[id] || !stored[id]) moved.add(id);
  }

  /** @returns {[number, number]} */
  placeOf(id) { return this.drawn.has(id) ? this.drawn.placeOf(id) : this.places.of(id, this.flow); }

  /** Whether there is a card, a note or a frame of that name. */
  has(id) { return this.boxes.has(id) || this.drawn.has(id); }

  /** @returns {import('./geometry.js').Rect|null} */
  rectOf(id) {
    const box = this.boxes.get(id) ?? (this.drawn.has(id) ? this.drawn.boxOf(id) : null);
    return box && boxRect(box);
  }

  /** Put boxes, and what hangs on them, where they belong: an edge between two of them is bent once. */
  place(ids) {
    const bent = new Set();
    for (const id of ids) {
      const box = this.boxes.get(id);
      if (!box) continue;
      [box.x, box.y] = this.placeOf(id);
      this.nodeGrid.set(box, boxRect(box));
      this.moved.add(id);
      for (const edge of this.into.get(id) ?? []) bent.add(edge);
      for (const edge of this.outOf.get(id) ?? []) bent.add(edge);
    }
    for (const edge of bent) this.bend(edge);
  }

  // While a drag lasts, boxes stand where the pointer holds them; the document doesn't know yet.
  drag(places) {
    const ids = [];
    for (const [id, at] of places) { this.places.dragged.set(id, at); ids.push(id); }
    this.place(ids);
    this.touch();
  }

  dropDrag() {
    const ids = [...this.places.dragged.keys()];
    this.places.dragged.clear();
    this.place(ids);
    this.touch();
  }

  setOpen(id, open) {
    if (open) this.open.add(id); else this.open.delete(id);
    this.measure(id);
    this.place([id]);
    this.touch();
  }

  raise(ids) {
    for (const id of ids) {
      const box = this.boxes.get(id);
      if (box) { box.z = ++this.topZ; this.moved.add(id); }
    }
  }

  setProblems(problems) {
    for (const id of this.problems.keys()) this.stale.add(id);
    this.problems = new Map();
    for (const problem of problems) {
      if (!problem.node) continue;
      if (!this.problems.has(problem.node)) this.problems.set(problem.node, []);
      this.problems.get(problem.node).push(problem);
      this.stale.add(problem.node);
    }
    this.touch(false);
  }

  setSteps(steps, reset = false) {
    if (reset) {
      for (const id of this.steps.keys()) this.stale.add(id);
      this.steps = new Map();
      this.ghosts.clear();
    }
    for (const [id, step] of Object.entries(steps)) {
      this.steps.set(id, { ...this.steps.get(id), ...step });
      this.stale.add(id);
    }
    this.touch(false);
  }

  /** `differs` between two runs, `fresh` since a past run. @param {Record<string, string[]>} marks by kind */
  setMarks(marks) {
    for (const name of Object.keys(this.marks)) {
      if (!marks[name]) continue;
      for (const id of [...this.marks[name], ...marks[name]]) this.stale.add(id);
      this.marks[name] = new Set(marks[name]);
    }
    this.touch(false);
  }

  nameOf(id) {
    if (id === INPUTS) return 'Flow inputs';
    if (id === OUTPUTS) return 'Flow outputs';
    if (this.drawn.has(id)) return this.drawn.nameOf(id);
    const node = this.flow.nodes?.[id];
    return node?.title || sentenceCase(id);
  }

  /** The smallest rectangle around everything, or null. */
  bounds(ids = null) {
    if (ids) return union(ids.map((id) => this.rectOf(id)).filter(Boolean));
    this.box ??= union([around(this.boxes.values()), ...this.drawn.rects(), ...this.reviewed.rects()].filter(Boolean));
    return this.box;
  }

  /** Tab's order: the flow's inputs, nodes in topological order, the flow's outputs, then what is drawn. */
  walk() {
    this.order ??= [INPUTS, ...topologicalOrder(this.flow), OUTPUTS].filter((id) => this.boxes.has(id)).concat([...this.drawn.items.keys()]);
    return this.order;
  }

  /** @param {boolean} [places] false: nothing stands elsewhere, or is of another size */
  touch(places = true) {
    this.version++;
    if (places) this.box = null;
    this.changed();
  }
}

const sentenceCase = (id) => id.charAt(0).toUpperCase() + id.slice(1).replaceAll('_', ' ');
