/**
 * The pointer's state machine: idle, press, then pan, drag, marquee, connect (also of an edge's end), or pinch. A
 * state is an object with `move`, `up` and `cancel`; Escape cancels whichever is on.
 *
 * Dragging the empty canvas pans, as it does with one finger: flows are wider than the screen and moving about is
 * the most frequent act. Shift (or Ctrl) makes a marquee; the middle button and Space pan from anywhere.
 *
 * @typedef {import('./geometry.js').Point} Point
 * @typedef {{at: Point, event: PointerEvent|DragEvent}} Where
 */
import { Connect } from './connect.js';
import { Drag, Marquee, Pan, Pinch } from './moves.js';
import { hitAt } from './hit.js';
import { Resize } from './sketch.js';
import { endOf } from './wires.js';

const THRESHOLD = 4;
const TOUCH_THRESHOLD = 9;
const LONG_PRESS = 450;
const COMPONENT = 'application/x-weft-component';

export class Gestures {
  /** @param {import('./index.js').Editor} editor */
  constructor(editor) {
    this.editor = editor;
    this.state = null;
    /** @type {Map<number, Point>} */
    this.pointers = new Map();
    /** Where the pointer was last, over the canvas; null when it left. @type {Point|null} */
    this.last = null;
    this.space = false;
    this.emptyClick = false;
    this.abort = new AbortController();
    this.listen(editor.stage.root);
  }

  listen(root) {
    const on = (name, handler, options = {}) =>
      root.addEventListener(name, handler.bind(this), { signal: this.abort.signal, ...options });
    on('pointerdown', this.down);
    on('pointermove', this.move);
    on('pointerup', this.up);
    on('pointercancel', this.lost);
    on('pointerleave', this.leave);
    on('wheel', this.wheel, { passive: false });
    on('dblclick', this.double);
    on('click', this.click);
    on('dragover', this.dragOver);
    on('dragleave', () => { this.editor.stage.root.classList.remove('weft-dropping'); this.editor.hover.pointEdge(null); });
    on('drop', this.drop);
    on('auxclick', (event) => { if (event.button === 1) event.preventDefault(); });
  }

  get busy() { return !!this.state && !(this.state instanceof Press); }

  down(event) {
    const { stage } = this.editor;
    if (event.target.closest('.weft-minimap, .weft-chooser, .weft-menu, [data-act], textarea')) return;
    stage.remeasure();
    const at = stage.at(event);
    this.pointers.set(event.pointerId, at);
    this.last = at;
    this.editor.glider.end();
    stage.dropTip();
    stage.showFocus(false);
    this.editor.asked = null;
    this.editor.chooser.close();
    if (event.pointerType === 'touch' && this.pointers.size === 2) { this.pinch(); return; }
    if (this.pointers.size > 1 || event.button > 1) return;
    stage.root.setPointerCapture(event.pointerId);
    if (event.button === 1 || this.space) this.begin(new Pan(this.editor, at));
    else this.begin(new Press(this, at, event));
    event.preventDefault();
  }

  /** The second finger is down: what the first has begun is taken back, unless it has only moved the view. */
  pinch() {
    if (this.state instanceof Pan) this.end();
    else this.cancel();
    this.begin(new Pinch(this.editor, [...this.pointers.values()]));
  }

  begin(state) {
    this.state = state;
    this.editor.stage.root.dataset.gesture = state.name;
  }

  move(event) {
    const at = this.editor.stage.at(event);
    this.last = at;
    if (this.pointers.has(event.pointerId)) this.pointers.set(event.pointerId, at);
    if (this.state instanceof Pinch) this.state.move([...this.pointers.values()]);
    else if (this.state) this.state.move({ at, event });
    else this.editor.hover.due(at, event.target);
  }

  up(event) {
    if (!this.pointers.delete(event.pointerId)) return;
    const state = this.state;
    if (!state) return;
    this.end();
    if (state instanceof Pinch) {
      const [left] = this.pointers.values(); // one finger goes on alone
      if (left) this.begin(new Pan(this.editor, left));
      return;
    }
    state.up({ at: this.editor.stage.at(event), event });
  }

  end() {
    this.state = null;
    delete this.editor.stage.root.dataset.gesture;
    this.editor.request();
  }

  lost(event) {
    this.pointers.delete(event.pointerId);
    this.cancel();
  }

  leave() {
    if (this.state) return;
    this.last = null;
    this.editor.hover.clear();
  }

  /** Take back what the present gesture has shown. @returns whether there was one */
  cancel() {
    const state = this.state;
    if (!state) return false;
    this.end();
    state.cancel?.();
    return true;
  }

  /** Near the border, drags pull the view along. Part of a frame. @returns whether it moved */
  tick() {
    return !!this.state?.pull?.(this.last);
  }

  wheel(event) {
    if (event.target.closest('.weft-chooser')) return;
    event.preventDefault();
    const { stage, camera } = this.editor;
    stage.remeasure();
    const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? camera.height : 1;
    const dx = event.deltaX * unit, dy = event.deltaY * unit;
    if (event.shiftKey && !event.ctrlKey) camera.panBy(-(dx || dy), 0);
    else if (Math.abs(dx) > Math.abs(dy) && !event.ctrlKey) camera.panBy(-dx, -dy);
    else camera.zoomAt(stage.at(event), Math.exp(-dy * (event.ctrlKey ? 0.01 : 0.0016)));
    this.state?.move?.({ at: stage.at(event), event });
  }

  double(event) {
    if (event.target.closest('.weft-minimap, .weft-chooser, [data-act]')) return;
    const at = this.editor.stage.at(event);
    const hit = this.hit(at);
    if (hit?.kind === 'node' || hit?.kind === 'port') this.editor.open(hit.box.id);
    else if (hit?.kind === 'drawn') this.editor.sketch.edit(hit.key);
    else if (hit?.kind === 'edge') { this.editor.selectEdge(hit.edge.key); this.editor.insertHere(); }
    else if (!hit) this.editor.palette(at);
  }

  click(event) {
    const act = event.target.closest('[data-act]');
    if (act?.dataset.gone) { this.editor.select([]); this.editor.emit('command', { name: 'change', node: act.dataset.gone }); return; }
    if (act?.dataset.ghost) { this.editor.emit('command', { name: 'step', node: act.dataset.ghost }); return; }
    const id = act?.closest('[data-node]')?.dataset.node;
    if (!id) return;
    if (act.dataset.act === 'ports') this.editor.toggleOpen(id);
    else if (act.dataset.act === 'answer') this.editor.answer(id);
    else {
      this.editor.select([id]);
      this.editor.emit('command', { name: 'problems', node: id });
    }
  }

  dragOver(event) {
    if (!event.dataTransfer.types.includes(COMPONENT)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    this.editor.stage.root.classList.add('weft-dropping');
    this.editor.hover.pointEdge(this.edgeBelow(event));
  }

  drop(event) {
    const component = event.dataTransfer.getData(COMPONENT);
    this.editor.stage.root.classList.remove('weft-dropping');
    if (!component) return;
    event.preventDefault();
    this.editor.hover.pointEdge(null);
    const edge = this.edgeBelow(event);
    const at = this.editor.camera.toWorld(this.editor.stage.at(event));
    this.editor.actions.add(component, [at.x, at.y], null, edge?.key);
  }

  /** The edge that something would be dropped on. */
  edgeBelow(event) {
    this.editor.stage.remeasure();
    const hit = this.hit(this.editor.stage.at(event));
    return hit?.kind === 'edge' && hit.edge.kind !== 'after' ? hit.edge : null;
  }

  hit(at, finger = false) {
    const { scene, camera } = this.editor;
    return hitAt(scene, camera.toWorld(at), camera.k, finger);
  }

  destroy() {
    this.abort.abort();
    clearTimeout(this.state?.timer);
  }
}

/** The button is down and nothing has moved yet: a click, or the beginning of something. */
class Press {
  name = 'press';

  constructor(gestures, at, event) {
    this.gestures = gestures;
    this.editor = gestures.editor;
    this.start = at;
    this.event = event;
    this.touch = event.pointerType === 'touch';
    this.hit = gestures.hit(at, this.touch);
    this.add = event.shiftKey || event.ctrlKey || event.metaKey;
    this.editor.stage.root.focus({ preventScroll: true });
    const id = this.hit?.kind === 'node' ? this.hit.box.id : this.hit?.kind === 'drawn' ? this.hit.key : null;
    // A finger on a card may be about to move the view: only what is selected already follows it.
    this.passing = this.touch && (id ? !this.editor.selection.has(id) : this.hit?.kind === 'edge' && this.editor.edge !== this.hit.edge.key);
    if (id && !this.passing) this.pressNode(id);
    if (this.touch) this.timer = setTimeout(() => this.long(), LONG_PRESS);
  }

  pressNode(id) {
    this.wasSelected = this.editor.selection.has(id);
    this.editor.scene.raise([id]);
    if (!this.wasSelected) this.editor.select(this.add ? [...this.editor.selection, id] : [id]);
    this.editor.focusNode(id);
  }

  move({ at, event }) {
    const far = Math.hypot(at.x - this.start.x, at.y - this.start.y);
    if (far < (this.touch ? TOUCH_THRESHOLD : THRESHOLD)) return;
    clearTimeout(this.timer);
    const next = this.held && !this.hit ? new Marquee(this.editor, this.start) : this.next();
    this.gestures.begin(next);
    next.move({ at, event });
  }

  next() {
    const { editor, hit, start } = this;
    if (this.passing) return new Pan(editor, start);
    if (hit?.kind === 'node') return new Drag(editor, start, hit.box.id);
    if (hit?.kind === 'drawn') return hit.part === 'grip' ? new Resize(editor, start, hit.key) : new Drag(editor, start, hit.key);
    if (hit?.kind === 'port') return this.fromPort(hit);
    if (hit?.kind === 'edge' && hit.end && !this.add) return Connect.ofEdge(editor, hit.edge, hit.end);
    if (this.add) return new Marquee(editor, start);
    return new Pan(editor, start);
  }

  /** An output begins an edge; an input that is taken gives up its edge, a free one begins an edge backwards. */
  fromPort({ box, row }) {
    const { editor } = this;
    const port = box.rows[row];
    const edge = port.side === 'in' && !port.free ? editor.edgeAtRow(box, row) : null;
    return edge ? Connect.ofEdge(editor, edge, 'target') : new Connect(editor, endOf(box, port));
  }

  long() {
    this.held = true;
    this.editor.announce(this.hit ? 'Let go for the menu.' : 'Let go for the menu, or drag to select.');
  }

  up() {
    clearTimeout(this.timer);
    const { editor, hit } = this;
    if (this.held) { editor.menu.openFor(this.start); return; }
    this.gestures.emptyClick = !hit && !this.add;
    const id = hit?.kind === 'drawn' ? hit.key : hit?.box?.id;
    if (hit?.kind === 'edge') this.takeEdge(hit.edge);
    else if (id && this.passing) this.pressNode(id);
    else if (id && this.add && this.wasSelected) editor.select([...editor.selection].filter((one) => one !== id));
    else if (id && !this.add) editor.select([id]);
    else if (!hit && !this.add) editor.select([]);
  }

  /** A finger can't rest on an edge: what went through it last is shown when it is tapped. */
  takeEdge(edge) {
    this.editor.selectEdge(edge.key);
    if (this.touch) this.editor.hover.tell(edge, this.start);
  }

  cancel() { clearTimeout(this.timer); }
}
