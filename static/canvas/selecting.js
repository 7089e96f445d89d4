/**
 * The half of the editor that is about attention: what is focused, in view, asked for, and said.
 */
import { CARD_ZOOM, SMALL_ZOOM, boxRect } from './geometry.js';
import { Picking } from './picking.js';
import { isFace } from './refs.js';
import { ONLY } from './table_changes.js';
import { boxText, pillWord, statusOf } from './status.js';

/** So many cards are read one by one; of more, to fit them is to look at them from afar. */
const FEW = 40;

export class Selecting extends Picking {
  // ---- focus and view ----

  /** The node that has the keyboard's focus. @returns {string|null} */
  focused() {
    return document.activeElement?.closest?.('.weft-card, .weft-drawn')?.dataset.node ?? null;
  }

  focusNode(id) {
    if (this.scene.drawn.has(id)) { this.drawnView.element(id)?.focus({ preventScroll: true }); return; }
    if (!this.scene.boxes.has(id)) return;
    if (!this.cards.has(id)) this.cards.mount(id, this.selection);
    this.cards.element(id).focus({ preventScroll: true });
    this.gestures.emptyClick = false;
  }

  /** Go to a node by keyboard: focus it, select it unless nodes are being marked, bring it into view. */
  walkTo(id, keepSelection = false) {
    if (!id || !this.scene.has(id)) {
      this.stage.root.focus({ preventScroll: true });
      return;
    }
    if (!keepSelection) this.select([id]);
    this.focusNode(id);
    this.scene.raise([id]);
    this.camera.reveal(this.scene.rectOf(id));
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

  /** The keyboard comes back to where it was at work: the one node that is selected, or the canvas. */
  toCanvas() {
    const [only, ...more] = this.selection;
    if (only && !more.length) this.focusNode(only);
    else this.stage.root.focus({ preventScroll: true });
  }

  revealSelection() {
    const bounds = this.scene.bounds([...this.selection]);
    if (bounds) this.camera.reveal(bounds);
  }

  /** Bring what is selected into view whole: nearer to the middle, or further away if it is larger than the view. */
  seeSelection() {
    const bounds = this.scene.bounds([...this.selection]), { camera } = this, view = camera.view();
    if (!bounds) return;
    if (bounds.x1 - bounds.x0 > view.x1 - view.x0 || bounds.y1 - bounds.y0 > view.y1 - view.y0) camera.fit(bounds);
    else camera.reveal(bounds);
  }

  /** Show all of the flow. A small one that would be rectangles then is shown from its beginning, in cards; asked for
   *  once more, it is shown whole. */
  fit() {
    const bounds = this.scene.bounds();
    if (!bounds) return;
    const { camera } = this;
    if (this.scene.boxes.size > FEW || camera.zoomToFit(bounds) >= CARD_ZOOM) { camera.fit(bounds); return; }
    const readable = camera.fittingFrom(bounds, CARD_ZOOM);
    if (camera.isAt(readable)) { camera.fit(bounds); return; }
    camera.glideTo(readable);
    this.announce('The flow is larger than the canvas: this is its beginning. Fit once more to see it whole.');
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

  /** The middle of the canvas, on the screen. */
  middle() { return { x: this.camera.width / 2, y: this.camera.height / 2 }; }

  // ---- what is asked for ----

  /** What Enter does: open the focused node, edit a note's text, insert on the selected edge. */
  enter() {
    if (this.edge) return this.insertHere();
    const id = this.focused();
    if (!id) return false;
    return this.scene.drawn.has(id) ? this.sketch.edit(id) : this.open(id);
  }

  open(id) {
    this.select([id]);
    this.emit('open', { node: id });
  }

  /** Ask for the list of components. @param {{x: number, y: number}|null} [at] on the canvas @param {any} [from]
   *  @param {string|null} [edge] key of the edge that it goes on */
  palette(at = null, from = null, edge = null) {
    if (this.onlyLooked()) return;
    const { width, height } = this.camera;
    const screen = at ?? { x: width / 2, y: height / 2 };
    const world = this.camera.toWorld(screen);
    const { left, top } = this.stage.rect;
    this.asked = { at: [world.x, world.y], from, edge };
    this.emit('command', {
      name: 'palette', at: [Math.round(world.x), Math.round(world.y)],
      screen: [Math.round(screen.x + left), Math.round(screen.y + top)], ...(from ? { from } : {}), ...(edge ? { edge, types: this.actions.typesOf(this.scene.edges.get(edge)) } : {}),
    });
  }

  toggleOpen(id) {
    if (isFace(id)) return;
    this.scene.setOpen(id, !this.scene.open.has(id));
    this.memory.later();
  }

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

  /** @returns {boolean} whether nothing can be changed here at all; the person is told so */
  onlyLooked() {
    if (this.only) this.refuse(ONLY);
    return this.only;
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
    if (this.stage.root.classList.contains('weft-keys')) toQuestion();
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

/** The keyboard goes into the form of a question, once it is there. */
function toQuestion(tries = 120) {
  const first = [...document.querySelectorAll('.w-ask .w-input, .w-ask button')].find((one) => one.checkVisibility());
  if (first) first.focus();
  else if (tries > 0) requestAnimationFrame(() => toQuestion(tries - 1));
}
