/**
 * Everything the pointer can do, by keys: which key does what is written in the table of actions. Keys act while the
 * canvas, or nothing, has the focus; those that act everywhere, such as saving, also from a field.
 *
 * Tab walks the nodes in topological order and leaves the canvas behind the last one. After a click on empty canvas,
 * or in an empty flow, Tab opens the palette at the pointer instead.
 */
import { BY_KEY, perform } from './table.js';
import { STEP } from './moves.js';
import { keyOf } from './keys.js';

const FAR = 5;
const PAN = 60;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Keyboard {
  /** @param {import('./index.js').Editor} editor */
  constructor(editor) {
    this.editor = editor;
    this.abort = new AbortController();
    const on = (target, name, handler) => target.addEventListener(name, handler.bind(this), { signal: this.abort.signal });
    on(document, 'keydown', this.down);
    on(document, 'keyup', this.up);
    on(document, 'copy', this.copy);
    on(document, 'cut', this.cut);
    on(document, 'paste', this.paste);
    on(window, 'blur', () => this.space(false));
    /** Held Space pans with the mouse; tapped, it marks the focused node. */
    this.tapped = false;
  }

  /** Whether a dialog is over all: keys are its own then, even when nothing in it has the focus. */
  get covered() { return !!document.querySelector('dialog:modal'); }

  /** Whether keys are meant for the canvas. */
  get ours() {
    if (this.covered) return false;
    const active = document.activeElement;
    return !active || active === document.body || this.editor.stage.root.contains(active);
  }

  down(event) {
    if (event.defaultPrevented || event.isComposing) return;
    this.editor.stage.showFocus(true);
    if (event.target.closest?.('.weft-menu') || this.covered) return;
    const action = BY_KEY.get(keyOf(event));
    if (!action || (!action.everywhere && (!this.ours || typing(event.target)))) return;
    if (perform(this.editor, action.id, event) === false) return;
    event.preventDefault();
  }

  up(event) {
    if (event.key !== ' ') return;
    const tapped = this.tapped;
    this.space(false);
    if (tapped && this.ours) this.editor.mark();
  }

  spaceDown(event) {
    if (event?.ctrlKey || event?.metaKey || !event) this.editor.mark();
    else if (!event.repeat) this.space(true);
  }

  space(held) {
    this.tapped = held;
    const { gestures, stage } = this.editor;
    gestures.space = held;
    stage.root.classList.toggle('weft-space', held);
  }

  tab(event) {
    const { editor } = this;
    const walk = editor.scene.walk();
    if (!event.shiftKey && (!walk.length || (editor.gestures.emptyClick && editor.gestures.last))) {
      editor.palette(editor.gestures.last);
      return true;
    }
    const now = walk.indexOf(editor.focused());
    const next = now < 0 ? (event.shiftKey ? -1 : 0) : now + (event.shiftKey ? -1 : 1);
    if (next < 0 || next >= walk.length) {
      editor.stage.root.tabIndex = 0;
      if (now >= 0 && event.shiftKey) editor.stage.root.focus({ preventScroll: true });
      else if (now >= 0) editor.leave();
      return now >= 0 && event.shiftKey;
    }
    editor.walkTo(walk[next], editor.sticky);
    return true;
  }

  arrow(event) {
    const { editor } = this;
    const [x, y] = ARROWS[event.key];
    if (!editor.selection.size) { editor.camera.panBy(-x * PAN, -y * PAN); return; }
    const step = STEP * (event.shiftKey ? FAR : 1);
    editor.actions.nudge(x * step, y * step);
    editor.revealSelection();
  }

  escape() {
    const { editor } = this;
    if (editor.gestures.cancel() || editor.arrangement.leave()) return;
    if (editor.past.compares) { editor.emit('command', { name: 'compare-end' }); return; }
    editor.sticky = false;
    if (editor.edge) editor.selectEdge(null);
    else editor.select([]);
    editor.stage.dropTip();
    editor.stage.root.focus({ preventScroll: true });
  }

  copy(event) {
    if (!this.ours || typing(event.target) || pickedText()) return;
    this.write(event, this.editor.actions.copy());
  }

  cut(event) {
    if (!this.ours || typing(event.target) || pickedText()) return;
    this.write(event, this.editor.actions.cut());
  }

  write(event, text) {
    if (!text) return;
    event.clipboardData.setData('text/plain', text);
    event.preventDefault();
  }

  paste(event) {
    if (!this.ours || typing(event.target)) return;
    const { actions } = this.editor;
    if (actions.paste(event.clipboardData.getData('text/plain'), this.editor.pointed())) event.preventDefault();
  }

  destroy() { this.abort.abort(); }
}

const typing = (el) => !!el?.closest?.('input, textarea, select, [contenteditable=""], [contenteditable=true]');
const pickedText = () => !getSelection()?.isCollapsed;
