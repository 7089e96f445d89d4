/**
 * What can be done with what is under the pointer: by the right mouse button, a long press, the menu key, Shift+F10 or
 * `M`. The entries are those of the table of actions.
 */
import { BY_ID, MENUS, ONLY_WHERE, perform } from './table.js';
import { isFace } from './refs.js';

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
    if (event.target.closest('.weft-chooser, .weft-minimap, .weft-menu, textarea, input')) return;
    event.preventDefault();
    if (this.editor.gestures.state) return; // a long press: the menu comes when the finger is lifted
    this.openFor(this.editor.stage.at(event), event.target.closest('[data-node]')?.dataset.node);
  }

  /** For whatever lies there. @param {{x: number, y: number}} at on the canvas @param {string} [node] known to be hit */
  openFor(at, node) {
    const { editor } = this;
    const hit = editor.gestures.hit(at);
    const id = hit?.kind === 'node' || hit?.kind === 'port' ? hit.box.id : hit?.kind === 'drawn' ? hit.key : node;
    editor.gestures.last = at;
    if (id) {
      if (!editor.selection.has(id)) editor.select([id]);
      editor.focusNode(id);
    } else if (hit?.kind === 'edge') editor.selectEdge(hit.edge.key);
    else {
      editor.select([]);
      editor.stage.root.focus({ preventScroll: true });
    }
    this.open(at, this.kind(id));
  }

  kind(id) {
    const { editor } = this;
    if (editor.edge) return 'edge';
    if (!id) return 'empty';
    if (editor.selection.size > 1 && editor.selection.has(id)) return 'many';
    if (isFace(id)) return 'face';
    return editor.scene.drawn.has(id) ? 'drawn' : 'node';
  }

  /** Beside what has the focus, for the keyboard. */
  openHere() {
    const { editor } = this;
    const id = editor.focused() ?? [...editor.selection][0];
    const box = id ? editor.scene.rectOf(id) : null;
    const { x, y, k, width, height } = editor.camera;
    if (box && !editor.selection.has(id)) editor.select([id]);
    const at = box ? { x: (box.x0 + 30) * k + x, y: (box.y0 + 46) * k + y } : editor.gestures.last ?? { x: width / 2, y: height / 2 };
    this.open(at, this.kind(box ? id : null));
  }

  entries(kind) {
    const { editor } = this;
    const shown = MENUS[kind].map((id) => {
      if (id === LINE) return LINE;
      const action = BY_ID.get(id), why = action.when(editor);
      return why && ONLY_WHERE.has(id) ? undefined : { action, why };
    }).filter((entry) => entry !== undefined);
    return shown.filter((entry, i) => entry !== LINE || (i > 0 && i < shown.length - 1 && shown[i - 1] !== LINE));
  }

  open(at, kind) {
    this.close(false);
    const { editor } = this;
    const el = this.el = document.createElement('div');
    el.className = 'weft-menu';
    el.setAttribute('role', 'menu');
    const [first] = editor.selection;
    el.setAttribute('aria-label', kind === 'empty' ? 'Canvas' : kind === 'edge' ? 'Edge' : kind === 'many' ? `${editor.selection.size} selected` : editor.scene.nameOf(first));
    this.back = document.activeElement;
    for (const entry of this.entries(kind)) el.append(entry === LINE ? document.createElement('hr') : this.entry(entry));
    this.pressed = false;
    el.addEventListener('pointerdown', () => { this.pressed = true; });
    el.addEventListener('keydown', (event) => this.key(event));
    editor.stage.root.append(el);
    const { width, height } = editor.stage.rect;
    el.style.left = `${Math.max(8, Math.min(at.x, width - el.offsetWidth - 8))}px`;
    el.style.top = `${Math.max(8, Math.min(at.y, height - el.offsetHeight - 8))}px`;
    el.querySelector('button').focus();
  }

  entry({ action, why }) {
    const button = document.createElement('button');
    button.type = 'button';
    button.setAttribute('role', 'menuitem');
    button.tabIndex = -1;
    button.dataset.act = 'menu';
    if (why) {
      button.setAttribute('aria-disabled', 'true');
      button.title = why;
    }
    const name = document.createElement('span'), short = document.createElement('kbd');
    name.textContent = action.words;
    short.textContent = action.shown;
    button.append(name, short);
    button.addEventListener('click', (event) => {
      event.stopPropagation();
      if (event.detail && !this.pressed) return; // the finger whose long press opened it is lifted over it
      this.close(true);
      perform(this.editor, action.id);
    });
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
    else {
      const letter = event.key.toLowerCase();
      const next = [...entries.slice(now + 1), ...entries].find((entry) => entry.textContent.toLowerCase().startsWith(letter));
      next?.focus();
    }
    event.preventDefault();
  }

  /** @param {boolean} back whether the focus goes back to where it was */
  close(back) {
    if (!this.el) return;
    const { el } = this;
    this.el = null;
    el.remove();
    if (!back) return;
    if (this.back?.isConnected && !this.back.hidden) this.back.focus({ preventScroll: true });
    else this.editor.stage.root.focus({ preventScroll: true });
  }

  destroy() {
    this.close(false);
    this.abort.abort();
  }
}
