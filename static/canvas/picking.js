/** The part of the editor that knows what is selected: nodes, notes, frames, or one edge. */
import { Connecting } from './connecting.js';
import { edgeName } from './edges.js';
import { isDrawn } from './drawn.js';
import { isFace } from './refs.js';

export class Picking extends Connecting {
  constructor() {
    super();
    /** @type {Set<string>} */
    this.selection = new Set();
    /** @type {string|null} key of the selected edge */
    this.edge = null;
    /** Whether walking with Tab leaves the selection alone, because nodes were marked one by one. */
    this.sticky = false;
    /** @type {import('./wires.js').Wire|null} the edge being drawn */
    this.wire = null;
    this.slug = null;
    /** Where the palette was last asked for: the next component goes there.
     *  @type {{at: number[], from: any, edge?: string}|null} */
    this.asked = null;
  }

  // ---- selection ----

  /** @param {string[]} ids @param {boolean} [asked] by the page, which knows then: an echo that comes late would
   *  undo what it has selected since */
  select(ids, asked = false) {
    const next = ids.filter((id) => this.scene.has(id));
    const same = next.length === this.selection.size && next.every((id) => this.selection.has(id)) && !this.edge;
    if (same) return;
    for (const id of [...this.selection, ...next]) this.scene.stale.add(id);
    this.selection = new Set(next);
    this.edge = null;
    this.selected(asked && next.length === ids.length);
  }

  selectEdge(key) {
    for (const id of this.selection) this.scene.stale.add(id);
    this.selection = new Set();
    this.edge = key && this.scene.edges.has(key) ? key : null;
    if (this.edge) this.announce(`Selected the edge ${edgeName(this.scene.edges.get(this.edge), (id) => this.scene.nameOf(id))}.`);
    this.selected();
  }

  selected(known = false) {
    const edge = this.scene.edges.get(this.edge ?? '');
    if (!known) this.emit('select', {
      nodes: [...this.selection].filter((id) => !isDrawn(id)),
      edge: edge ? { node: edge.node, port: edge.port, ref: edge.ref } : null,
    });
    this.memory.later();
    this.request();
  }

  selectAll() {
    this.select([...this.scene.boxes.keys(), ...this.scene.drawn.items.keys()].filter((id) => !isFace(id)));
    this.sticky = true;
    this.announceSelection();
  }

  /** Take the focused node into the selection, or out of it; from then on Tab only walks. */
  mark() {
    const id = this.focused();
    if (!id) return;
    const on = !this.selection.has(id) || (!this.sticky && this.selection.size === 1);
    const others = [...this.selection].filter((other) => other !== id);
    this.select(on ? [...others, id] : others);
    this.sticky = this.selection.size > 0;
    this.announce(`${this.scene.nameOf(id)} ${on ? 'selected' : 'not selected'}, ${this.selection.size} in all.`);
  }

  /** What no longer exists is no longer selected. @param {boolean} [known] by the page, which has seen it go: an echo
   *  that comes late would undo what it has selected in its place */
  dropGone(known = true) {
    const there = [...this.selection].filter((id) => this.scene.has(id));
    const edgeGone = this.edge && !this.scene.edges.has(this.edge);
    if (there.length === this.selection.size && !edgeGone) return;
    this.selection = new Set(there);
    if (edgeGone) this.edge = null;
    this.selected(known && !edgeGone);
  }

  /** Along the edges of the focused node, so that the keyboard can take one away. */
  nextEdge(by) {
    const id = this.focused() ?? this.scene.edges.get(this.edge ?? '')?.node;
    if (!id) return;
    const keys = [...(this.scene.into.get(id) ?? []), ...(this.scene.outOf.get(id) ?? [])].map((edge) => edge.key);
    if (!keys.length) { this.announce(`${this.scene.nameOf(id)} has no edges.`); return; }
    const now = keys.indexOf(this.edge);
    this.selectEdge(keys[now < 0 ? 0 : (now + by + keys.length) % keys.length]);
    this.stage.dropTip();
    const edge = this.scene.edges.get(this.edge), value = edge && this.hover.tell(edge);
    if (value) this.announce(`Selected the edge ${edgeName(edge, (one) => this.scene.nameOf(one))}. ${value.replace('\n', ': ')}`);
  }

  edgeAtRow(box, index) {
    const row = box.rows[index];
    const into = [...(this.scene.into.get(box.id) ?? [])];
    return into.find((edge) => edge.curve && edge.kind !== 'after' && edge.port === row.port
      && this.scene.targetRow(edge, box) === index) ?? null;
  }

  selectInverse() {
    const all = [...this.scene.boxes.keys(), ...this.scene.drawn.items.keys()].filter((id) => !isFace(id));
    this.select(all.filter((id) => !this.selection.has(id)));
    this.sticky = true;
    this.announceSelection();
  }

  /** Everything that what is selected depends on, or that depends on it. @param {'up'|'down'} way */
  selectAlong(way) {
    const found = new Set(this.chosen());
    for (const id of found) {
      const edges = (way === 'up' ? this.scene.into : this.scene.outOf).get(id) ?? [];
      for (const edge of edges) found.add(way === 'up' ? edge.source : edge.node);
    }
    this.select([...found].filter((id) => !isFace(id)));
    this.sticky = true;
    this.announceSelection();
  }

  // ---- what actions are about ----

  /** The selected nodes, or the focused one. @returns {string[]} */
  chosen() {
    const { nodes = {} } = this.scene.flow;
    const ids = [...this.selection].filter((id) => id in nodes);
    if (ids.length || this.selection.size) return ids;
    const id = this.focused();
    return id && id in nodes ? [id] : [];
  }

  /** Everything selected that has a place. */
  movable() { return [...this.selection].filter((id) => this.scene.has(id)); }

  /** @returns {Map<string, import('./geometry.js').Rect>} */
  rects() { return new Map(this.movable().map((id) => [id, this.scene.rectOf(id)])); }

  /** The selected notes and frames, or the focused one. */
  drawnChosen() {
    const keys = [...this.selection].filter((id) => this.scene.drawn.has(id));
    const id = this.focused();
    return keys.length || this.selection.size || !id || !this.scene.drawn.has(id) ? keys : [id];
  }

  /** What a node that runs a flow runs: its name, or the flow written in place; null for other nodes. */
  flowOf(id) {
    const node = this.scene.flow.nodes?.[id];
    const port = this.scene.ports[id]?.inputs.find((p) => p.type === 'flow');
    return port ? node?.params?.[port.name] ?? null : null;
  }

  /** Where the pointer rests, in the world. @returns {{x: number, y: number}|null} */
  pointed() { return this.gestures.last && this.camera.toWorld(this.gestures.last); }

  /** Where to put something new. @returns {any} as a pair, or with `point` as a point */
  pointedOrMiddle(point = false) {
    const { width, height } = this.camera;
    const p = this.pointed() ?? this.camera.toWorld({ x: width / 2, y: height / 2 });
    return point ? p : [p.x, p.y];
  }
}
