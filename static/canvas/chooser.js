/**
 * A list to choose from, with a field that narrows it: the keyboard's way to connect, and what appears when an edge
 * is dropped on a card with several ports that fit.
 *
 * @typedef {{label: string, detail: string, value: any, disabled?: boolean, reason?: string}} Option
 */
import { pointAt } from './pointed.js';

const MOST = 200;
let serial = 0;

export class Chooser {
  /** @param {HTMLElement} root of the canvas */
  constructor(root) {
    this.root = root;
    this.el = null;
  }

  get isOpen() { return !!this.el; }

  /**
   * @param {string} title @param {Option[]} options @param {{x: number, y: number}} at on the canvas
   * @param {(value: any) => void} chosen @param {() => void} [closed] whether chosen or not
   */
  open(title, options, at, chosen, closed = () => {}) {
    this.close();
    const id = `weft-chooser-${++serial}`;
    const el = document.createElement('div');
    el.className = 'weft-chooser';
    el.innerHTML = `<label></label><input role="combobox" placeholder="Search" aria-expanded="true" aria-autocomplete="list" spellcheck="false">
      <div role="listbox"></div><p hidden></p>`;
    const [label, input, list, none] = el.children;
    label.textContent = title;
    label.htmlFor = input.id = `${id}-field`;
    list.id = `${id}-list`;
    list.setAttribute('aria-label', title);
    input.setAttribute('aria-controls', list.id);
    Object.assign(this, { el, options, input, list, none, chosen, closed, id, current: 0, showing: [] });
    el.addEventListener('pointerdown', (event) => event.stopPropagation());
    el.addEventListener('wheel', (event) => event.stopPropagation(), { passive: true });
    el.addEventListener('keydown', (event) => this.key(event));
    input.addEventListener('input', () => this.narrow());
    input.addEventListener('blur', () => this.close());
    list.addEventListener('pointerdown', (event) => event.preventDefault());
    list.addEventListener('click', (event) => {
      const option = event.target.closest('[role=option]');
      if (option) this.take(this.showing[Number(option.dataset.at)]);
    });
    this.root.append(el);
    this.put(at);
    this.narrow();
    input.focus({ preventScroll: true });
  }

  put(at) {
    const width = 300, height = 320;
    const { clientWidth: w, clientHeight: h } = this.root;
    this.el.style.left = `${Math.max(8, Math.min(at.x, w - width - 8))}px`;
    this.el.style.top = `${Math.max(8, Math.min(at.y, h - height - 8))}px`;
  }

  narrow() {
    const words = this.input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = this.options.filter((o) => words.every((w) => `${o.label} ${o.detail}`.toLowerCase().includes(w)));
    this.showing = fits.slice(0, MOST);
    this.list.replaceChildren(...this.showing.map((option, i) => {
      const el = document.createElement('div');
      el.setAttribute('role', 'option');
      el.id = `${this.id}-${i}`;
      el.dataset.at = String(i);
      if (option.disabled) el.setAttribute('aria-disabled', 'true');
      const name = document.createElement('b'), detail = document.createElement('span');
      name.textContent = option.label;
      detail.textContent = option.disabled ? option.reason : option.detail;
      el.append(name, detail);
      return el;
    }));
    this.none.hidden = this.showing.length > 0 && fits.length <= MOST;
    this.none.textContent = this.showing.length ? `${fits.length - MOST} more: type to narrow.` : 'Nothing fits.';
    this.point(0);
  }

  point(at) {
    this.current = pointAt(this.input, this.list, this.current, at);
  }

  key(event) {
    event.stopPropagation();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.point(this.current + step);
    else if (event.key === 'Enter') this.take(this.showing[this.current]);
    else if (event.key === 'Escape' || event.key === 'Tab') this.close(true);
    else return;
    event.preventDefault();
  }

  take(option) {
    if (!option || option.disabled) return;
    const { chosen } = this;
    this.close(true);
    chosen(option.value);
  }

  close(refocus = false) {
    if (!this.el) return;
    const { el, closed } = this;
    this.el = null;
    el.remove();
    closed(refocus);
  }
}
