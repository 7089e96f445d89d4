/**
 * Everything the pointer can do, by keys. Keys act while the canvas, or nothing, has the focus; saving, running and
 * the palette act from everywhere on the page.
 *
 * Tab walks the nodes in topological order and leaves the canvas behind the last one. After a click on empty canvas,
 * or in an empty flow, Tab opens the palette at the pointer instead.
 */
import { STEP } from './moves.js';

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

  /** Whether keys are meant for the canvas. */
  get ours() {
    const active = document.activeElement;
    return !active || active === document.body || this.editor.stage.root.contains(active);
  }

  down(event) {
    if (event.defaultPrevented || event.isComposing) return;
    this.editor.stage.showFocus(true);
    const chord = event.ctrlKey || event.metaKey;
    if (event.target.closest?.('.weft-menu')) return;
    const wide = chord && GLOBAL[event.key.toLowerCase()];
    if (wide === 'run' && event.shiftKey && !event.altKey) {
      event.preventDefault();
      this.editor.emit('command', { name: 'run-fresh' });
      return;
    }
    if (wide && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      if (wide === 'palette') this.editor.palette();
      else this.editor.emit('command', { name: wide });
      return;
    }
    if (!this.ours || typing(event.target)) return;
    const act = chord ? CHORDS[event.key.toLowerCase()] : KEYS[event.key] ?? KEYS[event.key.toLowerCase()];
    if (act?.call(this, this.editor, event) === false || !act) return;
    event.preventDefault();
  }

  up(event) {
    if (event.key !== ' ') return;
    const tapped = this.tapped;
    this.space(false);
    if (tapped && this.ours) this.editor.mark();
  }

  space(held) {
    this.tapped = held;
    const { gestures, stage } = this.editor;
    gestures.space = held;
    stage.root.classList.toggle('weft-space', held);
  }

  tab(editor, event) {
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

  arrow(editor, event) {
    const [x, y] = ARROWS[event.key];
    if (event.altKey && y) { editor.actions.shift(y); return; }
    if (!editor.selection.size) { editor.camera.panBy(-x * PAN, -y * PAN); return; }
    const step = STEP * (event.shiftKey ? FAR : 1);
    editor.actions.nudge(x * step, y * step);
    editor.revealSelection();
  }

  escape(editor) {
    if (editor.gestures.cancel()) return;
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
    const { gestures, camera, actions } = this.editor;
    const at = gestures.last && camera.toWorld(gestures.last);
    if (actions.paste(event.clipboardData.getData('text/plain'), at)) event.preventDefault();
  }

  destroy() { this.abort.abort(); }
}

const GLOBAL = { s: 'save', enter: 'run', k: 'palette' };

/** With Ctrl or Cmd. An action that returns false leaves the key to the browser. */
const CHORDS = {
  a: (editor) => editor.selectAll(),
  d: (editor) => editor.actions.duplicate(),
  z: (editor, event) => editor.emit('command', { name: event.shiftKey ? 'redo' : 'undo' }),
  y: (editor) => editor.emit('command', { name: 'redo' }),
  ' ': (editor) => editor.mark(),
};

const KEYS = {
  Tab(editor, event) { return this.tab(editor, event); },
  Escape(editor) { return this.escape(editor); },
  ArrowLeft(editor, event) { return this.arrow(editor, event); },
  ArrowRight(editor, event) { return this.arrow(editor, event); },
  ArrowUp(editor, event) { return this.arrow(editor, event); },
  ArrowDown(editor, event) { return this.arrow(editor, event); },
  ' '(_, event) { if (!event.repeat) this.space(true); },
  Delete: (editor) => editor.actions.remove(),
  Backspace: (editor) => editor.actions.remove(),
  Enter(editor) {
    const id = editor.focused();
    if (!id) return false;
    return editor.open(id);
  },
  c: (editor) => editor.startConnect(),
  a: (editor) => editor.answer(editor.focused()),
  r: (editor, event) => editor.ask(event.shiftKey ? 'run-until' : 'run-from'),
  o: (editor) => editor.ask('run-only'),
  i: (editor, event) => editor.ask(event.shiftKey ? 'edit-output' : 'toggle-pin'),
  w: (editor) => editor.emit('command', { name: 'plan' }),
  x: (editor) => editor.emit('command', { name: 'critical-path' }),
  m: (editor) => editor.menu.openAt(editor.focused()),
  ContextMenu: (editor) => editor.menu.openAt(editor.focused()),
  F10: (editor, event) => (event.shiftKey ? editor.menu.openAt(editor.focused()) : false),
  e: (editor, event) => editor.nextEdge(event.shiftKey ? -1 : 1),
  l: (editor) => editor.actions.arrange(),
  p: (editor) => { const id = editor.focused(); return id ? editor.toggleOpen(id) : false; },
  f: (editor, event) => (event.shiftKey ? editor.fitSelection() : editor.fit()),
  0: (editor) => editor.zoomTo(1),
  '+': (editor) => editor.zoomBy(1.25),
  '=': (editor) => editor.zoomBy(1.25),
  '-': (editor) => editor.zoomBy(0.8),
  Home: (editor) => editor.walkTo(editor.scene.walk()[0]),
  End: (editor) => editor.walkTo(editor.scene.walk().at(-1)),
  '?': (editor) => editor.emit('command', { name: 'help' }),
};

const typing = (el) => !!el?.closest?.('input, textarea, select, [contenteditable=""], [contenteditable=true]');
const pickedText = () => !getSelection()?.isCollapsed;
