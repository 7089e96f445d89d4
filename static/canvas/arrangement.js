/** Arranging a large flow: beside the page, with a bar that says how far it is and a way to leave it. */
import { make } from './dialog.js';

export class Arrangement {
  /** @param {import('./index.js').Editor} editor */
  constructor(editor) {
    this.editor = editor;
    this.worker = null;
  }

  get on() { return this.worker !== null; }

  /** @param {{cards: any[], lines: any[]}} drawing @param {(places: Map<string, [number, number]>) => void} done */
  begin({ cards, lines }, done) {
    const { editor } = this;
    if (this.on) { editor.refuse('It is being arranged already. Esc leaves it.'); return; }
    const nodes = cards.filter((card) => !card.layer).length;
    const words = `Arranging ${nodes.toLocaleString('en')} nodes…`;
    this.show(words);
    editor.announce(`${words} Esc leaves it.`);
    const worker = this.worker = new Worker(new URL('./arrange_worker.js', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }) => {
      if (worker !== this.worker) return;
      if (data.places) { this.end(); done(new Map(data.places)); } else this.bar.value = data.part;
    };
    worker.onerror = () => { this.end(); editor.refuse('The flow could not be arranged. It stands as it did.'); };
    worker.postMessage({ cards, lines });
  }

  show(words) {
    const el = this.el = make('div', 'weft-working'), leave = make('button', '', 'Cancel');
    this.bar = make('progress');
    this.bar.value = 0;
    this.bar.setAttribute('aria-label', words);
    leave.type = 'button';
    leave.addEventListener('click', () => this.leave());
    for (const name of ['pointerdown', 'dblclick', 'contextmenu']) el.addEventListener(name, (event) => event.stopPropagation());
    el.addEventListener('keydown', (event) => { if (event.key !== 'Escape') event.stopPropagation(); });
    el.append(make('span', '', words), this.bar, leave);
    this.editor.stage.root.append(el);
  }

  /** @returns {boolean} whether there was anything to leave */
  leave() {
    if (!this.on) return false;
    this.end();
    this.editor.announce('Left. The flow stands as it did.');
    return true;
  }

  end() {
    const { root } = this.editor.stage, inside = this.el?.contains(document.activeElement);
    this.worker?.terminate();
    this.el?.remove();
    this.worker = this.el = null;
    if (inside) root.focus({ preventScroll: true });
  }
}
