/** Notes and frames as elements of the world: frames behind the cards, notes before them. */
import { setDiff } from './cards.js';
import { rendered } from './markdown.js';
import { TITLE } from './drawn.js';

export class DrawnView {
  /** @param {HTMLElement} world @param {import('./scene.js').Scene} scene */
  constructor(world, scene) {
    this.world = world;
    this.scene = scene;
    /** @type {Map<string, HTMLElement & {item?: any}>} */
    this.shown = new Map();
  }

  element(key) { return this.shown.get(key) ?? null; }

  /** Part of a frame: there are few, and only what differs is written. @param {Set<string>} selection */
  sync(selection) {
    const { items } = this.scene.drawn;
    for (const [key, el] of this.shown) {
      if (!items.has(key)) { el.remove(); this.shown.delete(key); }
    }
    for (const item of items.values()) this.write(this.shown.get(item.key) ?? this.mount(item), item, selection.has(item.key));
  }

  mount(item) {
    const el = document.createElement('div');
    el.dataset.node = item.key;
    el.tabIndex = -1;
    el.setAttribute('role', 'group');
    const text = document.createElement('div'), grip = document.createElement('i');
    text.className = item.kind === 'note' ? 'weft-md' : 'weft-frame-title';
    grip.className = 'weft-grip';
    el.append(text, grip);
    this.shown.set(item.key, el);
    this.world.prepend(el);
    return el;
  }

  write(el, item, selected) {
    const { reviewed } = this.scene, { x, y, w, h } = this.scene.drawn.boxOf(item.key);
    const style = `transform: translate(${x}px, ${y}px); width: ${w}px; height: ${h}px;`;
    if (el.getAttribute('style') !== style) el.setAttribute('style', style);
    const name = `weft-drawn weft-${item.kind === 'note' ? 'sticky' : 'frame'}${selected ? ' weft-picked' : ''} ${reviewed.classes(item.key)}`.trimEnd();
    if (el.className !== name) el.className = name;
    setDiff(el, reviewed.labels.get(item.key));
    const diff = reviewed.words.get(item.key), called = `${this.scene.drawn.nameOf(item.key)}${diff ? `, ${diff}` : ''}`;
    if (el.getAttribute('aria-label') !== called) el.setAttribute('aria-label', called);
    if (el.item === item) return;
    el.item = item;
    el.dataset.colour = item.colour;
    const text = el.firstElementChild;
    if (item.kind === 'note') text.replaceChildren(rendered(item.text));
    else text.textContent = item.text;
  }

  /** A field over its text, until it is left; Escape leaves it too, and Undo has the old text. @param {(text: string) => void} done */
  edit(key, done) {
    const el = this.shown.get(key), item = this.scene.drawn.get(key);
    if (!el || el.querySelector('textarea')) return;
    const field = document.createElement('textarea');
    field.value = item.text;
    field.spellcheck = false;
    field.setAttribute('aria-label', item.kind === 'note' ? 'Text of the note' : 'Title of the frame');
    if (item.kind === 'frame') field.style.height = `${TITLE}px`;
    let over = false;
    const end = () => {
      if (over) return;
      over = true;
      const text = field.value;
      field.remove();
      if (document.activeElement === document.body || !document.activeElement) el.focus({ preventScroll: true });
      if (text !== item.text) done(text);
    };
    field.addEventListener('keydown', (event) => {
      event.stopPropagation();
      if (event.key === 'Escape') end();
      else if (event.key === 'Enter' && (item.kind === 'frame' || event.ctrlKey || event.metaKey)) end();
      else return;
      event.preventDefault();
    });
    for (const type of ['pointerdown', 'dblclick', 'wheel']) field.addEventListener(type, (event) => event.stopPropagation());
    field.addEventListener('blur', end);
    el.append(field);
    field.focus({ preventScroll: true });
    field.select();
  }
}
