/**
 * The half of the editor that is about attention: what is selected, focused, in view, asked for, and said.
 */
import { edgeName } from './edges.js';
import { CARD_ZOOM, SMALL_ZOOM, boxRect } from './geometry.js';
import { Wire, endsOf } from './wires.js';
import { NEW, isFace } from './refs.js';
import { boxText, pillWord, statusOf } from './status.js';

export class Selecting {
  constructor() {
    /** @type {Set<string>} */
    this.selection = new Set();
    /** @type {string|null} key of the selected edge */
    this.edge = null;
    /** Whether walking with Tab leaves the selection alone, because nodes were marked one by one. */
    this.sticky = false;
    /** @type {Wire|null} the edge being drawn */
    this.wire = null;
    this.slug = null;
    /** Where the palette was last asked for: the next component goes there. @type {{at: number[], from: any}|null} */
    this.asked = null;
  }

  // ---- selection ----

  select(ids) {
    const next = ids.filter((id) => this.scene.boxes.has(id));
    const same = next.length === this.selection.size && next.every((id) => this.selection.has(id)) && !this.edge;
    if (same) return;
    for (const id of [...this.selection, ...next]) this.scene.stale.add(id);
    this.selection = new Set(next);
    this.edge = null;
    this.selected();
  }

  selectEdge(key) {
    for (const id of this.selection) this.scene.stale.add(id);
    this.selection = new Set();
    this.edge = key && this.scene.edges.has(key) ? key : null;
    if (this.edge) this.announce(`Selected the edge ${edgeName(this.scene.edges.get(this.edge), (id) => this.scene.nameOf(id))}.`);
    this.selected();
  }

  selected() {
    const edge = this.scene.edges.get(this.edge ?? '');
    this.emit('select', {
      nodes: [...this.selection],
      edge: edge ? { node: edge.node, port: edge.port, ref: edge.ref } : null,
    });
    this.memory.later();
    this.request();
  }

  selectAll() {
    this.select([...this.scene.boxes.keys()].filter((id) => !isFace(id)));
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

  /** What no longer exists is no longer selected. */
  dropGone() {
    const there = [...this.selection].filter((id) => this.scene.boxes.has(id));
    const edgeGone = this.edge && !this.scene.edges.has(this.edge);
    if (there.length === this.selection.size && !edgeGone) return;
    this.selection = new Set(there);
    if (edgeGone) this.edge = null;
    this.selected();
  }

  /** Along the edges of the focused node, so that the keyboard can take one away. */
  nextEdge(by) {
    const id = this.focused() ?? this.scene.edges.get(this.edge ?? '')?.node;
    if (!id) return;
    const keys = [...(this.scene.into.get(id) ?? []), ...(this.scene.outOf.get(id) ?? [])].map((edge) => edge.key);
    if (!keys.length) { this.announce(`${this.scene.nameOf(id)} has no edges.`); return; }
    const now = keys.indexOf(this.edge);
    this.selectEdge(keys[now < 0 ? 0 : (now + by + keys.length) % keys.length]);
  }

  edgeAtRow(box, index) {
    const row = box.rows[index];
    const into = [...(this.scene.into.get(box.id) ?? [])];
    return into.find((edge) => edge.curve && edge.kind !== 'after' && edge.port === row.port
      && this.scene.targetRow(edge, box) === index) ?? null;
  }

  // ---- focus and view ----

  /** The node that has the keyboard's focus. @returns {string|null} */
  focused() {
    return document.activeElement?.closest?.('.weft-card')?.dataset.node ?? null;
  }

  focusNode(id) {
    if (!this.scene.boxes.has(id)) return;
    if (!this.cards.has(id)) this.cards.mount(id, this.selection);
    this.cards.element(id).focus({ preventScroll: true });
    this.gestures.emptyClick = false;
  }

  /** Go to a node by keyboard: focus it, select it unless nodes are being marked, bring it into view. */
  walkTo(id, keepSelection = false) {
    if (!id || !this.scene.boxes.has(id)) {
      this.stage.root.focus({ preventScroll: true });
      return;
    }
    if (!keepSelection) this.select([id]);
    this.focusNode(id);
    this.scene.raise([id]);
    this.camera.reveal(boxRect(this.scene.boxes.get(id)));
    this.request();
  }

  /** Tab goes on behind the canvas: for a moment nothing in it can take the focus. */
  leave() {
    const { root } = this.stage;
    root.tabIndex = -1;
    root.addEventListener('focusout', () => { root.tabIndex = 0; }, { once: true });
  }

  revealNode(id, port) {
    const box = this.scene.boxes.get(id);
    if (!box) return;
    if (this.camera.k < 0.5) this.zoomTo(1, { x: box.x + box.w / 2, y: box.y + box.h / 2 });
    this.camera.reveal(boxRect(box));
    // Who walks through a list beside the canvas goes on there.
    if (!document.activeElement?.closest('[role=tree]')) this.focusNode(id);
    const row = port ? box.rows.findIndex((r) => r.port === port) : -1;
    const el = this.cards.element(id)?.querySelectorAll('.weft-row')[row];
    if (!el) return;
    el.dataset.pointed = '';
    el.addEventListener('animationend', () => { delete el.dataset.pointed; }, { once: true });
  }

  revealSelection() {
    const bounds = this.scene.bounds([...this.selection]);
    if (bounds) this.camera.reveal(bounds);
  }

  fit() {
    const bounds = this.scene.bounds();
    if (bounds) this.camera.fit(bounds);
  }

  fitSelection() {
    const bounds = this.scene.bounds([...this.selection]);
    if (bounds) this.camera.fit(bounds);
    else this.fit();
  }

  zoomBy(factor) { this.camera.zoomAt({ x: this.camera.width / 2, y: this.camera.height / 2 }, factor); }

  zoomTo(k, centre = null) {
    const { camera } = this;
    const middle = { x: camera.width / 2, y: camera.height / 2 };
    const at = centre ?? camera.toWorld(middle);
    camera.set({ k, x: middle.x - at.x * k, y: middle.y - at.y * k });
  }

  remembered() {
    const { x, y, k } = this.camera;
    return { camera: { x, y, k }, nodes: [...this.selection], open: [...this.scene.open] };
  }

  /** The whole flow, if its cards can be read then; else its beginning. */
  begin() {
    const bounds = this.scene.bounds();
    if (!bounds) { this.camera.set({ x: 0, y: 0, k: 1 }); return; }
    if (this.camera.zoomToFit(bounds) >= CARD_ZOOM) {
      this.camera.fit(bounds);
      this.camera.arrive();
      return;
    }
    const first = this.scene.boxes.get(this.scene.walk()[0]);
    const k = SMALL_ZOOM;
    this.camera.set({ k, x: 36 - first.x * k, y: this.camera.height / 2 - (first.y + first.h / 2) * k });
  }

  /** The canvas has another size: what was shown whole still is, unless that would leave nothing to read. */
  stayFitted() {
    const bounds = this.scene.bounds();
    if (!bounds || !this.camera.fitted) return;
    if (this.camera.zoomToFit(bounds) < CARD_ZOOM && this.camera.k >= CARD_ZOOM) return;
    this.camera.fit(bounds);
    this.camera.arrive();
  }

  /** The view as it was left in this tab, or the one to begin with. */
  restore({ camera, nodes }) {
    if (camera && [camera.x, camera.y, camera.k].every(Number.isFinite)) this.camera.set(camera);
    else this.begin();
    this.select(nodes ?? []);
  }

  // ---- what is asked for ----

  open(id) {
    this.select([id]);
    this.emit('open', { node: id });
  }

  /** Ask for the list of components. @param {{x: number, y: number}|null} [at] on the canvas @param {any} [from] */
  palette(at = null, from = null) {
    const { width, height } = this.camera;
    const screen = at ?? { x: width / 2, y: height / 2 };
    const world = this.camera.toWorld(screen);
    const { left, top } = this.stage.rect;
    this.asked = { at: [world.x, world.y], from };
    this.emit('command', {
      name: 'palette', at: [Math.round(world.x), Math.round(world.y)],
      screen: [Math.round(screen.x + left), Math.round(screen.y + top)], ...(from ? { from } : {}),
    });
  }

  toggleOpen(id) {
    if (isFace(id)) return;
    this.scene.setOpen(id, !this.scene.open.has(id));
    this.memory.later();
  }

  // ---- connecting ----

  showWire(wire, portState = null) {
    this.wire = wire;
    this.cards.portState = portState;
    this.cards.refresh(this.selection);
    this.stage.root.classList.toggle('weft-wiring', !!wire);
    this.request();
  }

  connectEnds(wire, end) {
    const { changes, label } = wire.connect(end);
    if (changes.length) this.submitBatch({ changes, label });
  }

  /** By keyboard: which port of this node, then which port elsewhere. */
  startConnect() {
    const id = this.focused() ?? (this.selection.size === 1 ? [...this.selection][0] : null);
    const box = id && this.scene.boxes.get(id);
    if (!box) { this.announce('Go to a node first, then press C to connect it.'); return; }
    const ends = [...endsOf(this.scene, id, 'out'), ...endsOf(this.scene, id, 'in')];
    if (!ends.length) { this.announce(`${this.scene.nameOf(id)} has no ports to connect.`); return; }
    if (ends.length === 1) { this.chooseFitting(ends[0]); return; }
    const options = ends.map((end) => ({
      label: portName(end), detail: `${end.side === 'out' ? 'output' : 'input'}, ${end.type}`, value: end,
    }));
    this.choose(`Connect from ${this.scene.nameOf(id)}`, options, this.beside(box), (end) => this.chooseFitting(end));
  }

  chooseFitting(fixed) {
    const wire = new Wire(this.scene, fixed);
    const side = fixed.side === 'out' ? 'in' : 'out';
    const ends = this.scene.walk().filter((id) => id !== fixed.node).flatMap((id) => endsOf(this.scene, id, side));
    this.chooseEnd(wire, ends.filter((end) => wire.verdict(end).ok));
  }

  chooseEnd(wire, ends, at = null) {
    const { fixed } = wire;
    const box = this.scene.boxes.get(fixed.node);
    const options = ends.map((end) => {
      const { adapter } = wire.verdict(end);
      return {
        label: `${this.scene.nameOf(end.node)} · ${portName(end)}`,
        detail: adapter ? `${end.type}, by ${adapter}` : end.type, value: end,
      };
    });
    const title = `${this.scene.nameOf(fixed.node)} · ${portName(fixed)} ${fixed.side === 'out' ? 'to' : 'from'}`;
    this.choose(title, options, at ?? this.beside(box), (end) => this.connectEnds(wire, end));
  }

  choose(title, options, at, chosen) {
    const back = this.focused();
    const closed = (refocus) => {
      if (!refocus) return;
      if (back) this.focusNode(back);
      else this.stage.root.focus({ preventScroll: true });
    };
    this.chooser.open(title, options, at, chosen, closed);
  }

  /** Right of a card, level with its top. */
  beside(box) { return this.camera.toScreen({ x: box.x + box.w + 16, y: box.y }); }

  // ---- what is said ----

  announce(text) { this.stage.announce(text); }

  /** A reason why not, at the pointer for a while, and said. @param {{x: number, y: number}|null} [at] on the canvas */
  refuse(reason, at = this.gestures.last) {
    if (!reason) return;
    const { width, height } = this.camera;
    this.stage.tip(reason, at ?? { x: width / 2 - 130, y: height / 2 }, 'no');
    this.stage.holdTip();
    this.announce(reason);
  }

  /** Something the person should know that is not about a gesture: the page shows it. */
  tell(text, kind = '') {
    this.announce(text);
    this.emit('notice', { text, kind });
  }

  announceSelection() {
    const n = this.selection.size;
    this.announce(n === 1 ? '1 node selected.' : `${n} nodes selected.`);
  }

  /** To the form of the question that the step, or one inside it, asks. */
  answer(id) {
    const path = this.scene.steps.get(id)?.asks;
    if (!path) return false;
    this.emit('command', { name: 'answer', path });
    return true;
  }

  /** Something about the focused or selected node that is done outside the canvas. */
  ask(name) {
    const id = this.focused() ?? [...this.selection][0];
    if (!this.scene.flow.nodes?.[id]) return false;
    this.emit('command', { name, node: id });
    return true;
  }

  announceStep(id, was) {
    const step = this.scene.steps.get(id), now = statusOf(step);
    if (now === was || now === 'waiting' || now === 'idle' || !this.scene.flow.nodes?.[id]) return;
    const why = now === 'failed' || now === 'skipped' ? `: ${boxText(step, '').text}` : '.';
    this.announce(`${this.scene.nameOf(id)} ${pillWord(now)}${why}`);
  }
}

const portName = (end) => (end.port === NEW ? (end.side === 'in' ? 'new output' : 'new input') : end.port);
