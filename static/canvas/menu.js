/**
 * The menu of a node: by the right mouse button, by the menu key, Shift+F10 or `M`. What the canvas can do itself it
 * does; the rest goes up as commands with the node's name.
 */
import { isFace } from './refs.js';
import { statusOf } from './status.js';

const LINE = null;

export class Menu {
  /** @param {import('./index.js').Editor} editor */
  constructor(editor) {
    this.editor = editor;
    this.el = null;
    this.abort = new AbortController();
    editor.stage.root.addEventListener('contextmenu', (event) => this.asked(event), { signal: this.abort.signal });
    document.addEventListener('pointerdown', (event) => {
      if (this.el && !this.el.contains(event.target)) this.close(false);
    }, { capture: true, signal: this.abort.signal });
  }

  asked(event) {
    if (event.target.closest('.weft-chooser, .weft-minimap, .weft-menu')) return;
    const at = this.editor.stage.at(event);
    const hit = this.editor.gestures.hit(at);
    const id = hit?.kind === 'node' || hit?.kind === 'port' ? hit.box.id : event.target.closest('[data-node]')?.dataset.node;
    if (!id || isFace(id)) return;
    event.preventDefault();
    this.open(id, at);
  }

  /** Beside the card of the node, for the keyboard. */
  openAt(id) {
    const box = this.editor.scene.boxes.get(id);
    if (!box || isFace(id)) return false;
    const { x, y, k } = this.editor.camera;
    this.open(id, { x: (box.x + 30) * k + x, y: (box.y + 46) * k + y });
    return true;
  }

  items(id) {
    const { scene, actions } = this.editor;
    const step = scene.steps.get(id), status = statusOf(step);
    const ask = (name) => () => this.editor.emit('command', { name, node: id });
    const done = step?.status === 'succeeded';
    const pinned = scene.marks.pinned.has(id);
    return [
      step?.asks && ['Answer its question…', 'A', () => this.editor.emit('command', { name: 'answer', path: step.asks })],
      ['Run from here', 'R', ask('run-from')],
      ['Run until here', 'Shift R', ask('run-until')],
      ['Run only this', 'O', ask('run-only')],
      LINE,
      pinned ? ['Unpin its output', 'I', ask('unpin')] : done && ['Pin its output', 'I', ask('pin')],
      done && ['Edit its output…', 'Shift I', ask('edit-output')],
      status !== 'idle' && ['Show its step', '', ask('step')],
      LINE,
      ['Open', 'Enter', () => this.editor.open(id)],
      ['Connect…', 'C', () => this.editor.startConnect()],
      ['Duplicate', 'Ctrl D', () => actions.duplicate()],
      ['Delete', 'Del', () => actions.remove()],
    ].filter((item) => item === LINE || Array.isArray(item)).filter((item, i, all) => item !== LINE || all[i - 1] !== LINE);
  }

  open(id, at) {
    this.close(false);
    const { editor } = this;
    if (!editor.selection.has(id)) editor.select([id]);
    editor.focusNode(id);
    const el = this.el = document.createElement('div');
    el.className = 'weft-menu';
    el.setAttribute('role', 'menu');
    el.setAttribute('aria-label', editor.scene.nameOf(id));
    for (const item of this.items(id)) el.append(item === LINE ? document.createElement('hr') : this.entry(item));
    el.addEventListener('keydown', (event) => this.key(event));
    editor.stage.root.append(el);
    const { width, height } = editor.stage.rect;
    el.style.left = `${Math.max(8, Math.min(at.x, width - el.offsetWidth - 8))}px`;
    el.style.top = `${Math.max(8, Math.min(at.y, height - el.offsetHeight - 8))}px`;
    el.querySelector('button').focus();
  }

  entry([label, key, act]) {
    const button = document.createElement('button');
    button.type = 'button';
    button.setAttribute('role', 'menuitem');
    button.tabIndex = -1;
    button.dataset.act = 'menu';
    const name = document.createElement('span'), short = document.createElement('kbd');
    name.textContent = label;
    short.textContent = key;
    button.append(name, short);
    button.addEventListener('click', (event) => { event.stopPropagation(); this.close(true); act(); });
    return button;
  }

  key(event) {
    const entries = [...this.el.querySelectorAll('button')];
    const now = entries.indexOf(document.activeElement);
    const to = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: -1 }[event.key];
    event.stopPropagation();
    if (event.key === 'Escape' || event.key === 'Tab') this.close(true);
    else if (to !== undefined) entries.at(to % entries.length).focus();
    else if (event.key === 'Enter' || event.key === ' ') return;
    event.preventDefault();
  }

  /** @param {boolean} back whether the focus goes back to the node */
  close(back) {
    if (!this.el) return;
    const { el } = this;
    this.el = null;
    const [id] = this.editor.selection;
    if (back && id) this.editor.focusNode(id);
    el.remove();
  }

  destroy() {
    this.close(false);
    this.abort.abort();
  }
}
