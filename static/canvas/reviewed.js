/**
 * What differs between two revisions, drawn on the newer one: cards, notes and frames that came, were changed or moved
 * are marked, by colour, kind of line and word; what went stands where it was. While the two are compared as a `whole`,
 * all else steps back. None of it can be edited.
 *
 * @typedef {{ref: string, node: string, port: string}} Wire `port` is '' for an order, `node` `outputs` for an output
 * @typedef {{added: string[], changed: Record<string, string>, moved: string[], drawn: Record<string, string>,
 *   removed: {id: string, title: string, text?: string, at: [number, number], size?: [number, number]}[], came: Wire[], gone: Wire[],
 *   whole?: boolean}} Review `changed` says how much; `drawn` are notes and frames by key; edges into a node that came
 *   aren't among `came`
 */
import { edgeKey } from './edges.js';
import { boxRect, curveRect, overlaps } from './geometry.js';
import { Ghosts } from './ghosts.js';
import { OUTPUTS } from './refs.js';

const SIGNS = { added: '+', changed: '~', moved: '↔' };
const SIZE = [240, 96];
const BELOW = 24;
const TRIES = 8;

export class Reviewed {
  constructor(scene) {
    this.scene = scene;
    this.gone = new Ghosts(scene);
    this.clear();
  }

  clear() {
    this.on = this.whole = false;
    this.here = '';
    /** @type {Map<string, 'added'|'changed'|'moved'>} */
    this.words = new Map();
    /** What is written at a card. @type {Map<string, string>} */
    this.labels = new Map();
    /** The keys of edges that came. */
    this.came = new Set();
    this.gone.clear();
    this.bent = { version: -1, curves: [] };
  }

  /** @param {Review|null} review null: nothing is compared */
  show(review) {
    const { scene, here } = this;
    this.clear();
    if (review) this.take(review, here);
    for (const id of scene.boxes.keys()) scene.stale.add(id);
    scene.touch();
  }

  take(review, here) {
    this.on = true;
    this.whole = !!review.whole;
    this.here = here;
    for (const id of review.moved) this.mark(id, 'moved', 'moved');
    for (const [id, much] of Object.entries(review.changed)) this.mark(id, 'changed', much);
    for (const [key, word] of Object.entries(review.drawn)) this.mark(key, word, word);
    for (const id of review.added) this.mark(id, 'added', 'added');
    for (const wire of review.came) for (const key of keysOf(wire)) this.came.add(key);
    for (const one of review.removed) this.gone.boxes.set(one.id, this.placed(one));
    this.gone.edges = review.gone.map(({ ref, node, port }) => ({ from: ref, to: port ? `${node}.${port}` : node }));
  }

  mark(id, word, text) {
    this.words.set(id, word);
    this.labels.set(id, `${SIGNS[word]} ${text}`);
  }

  /** Where it was; below whatever stands there now and would hide it. */
  placed({ id, title, text = '', at: [x, y], size: [w, h] = SIZE }) {
    const ghost = { id, title, text, x, y, w, h };
    for (let i = 0; i < TRIES && !id.includes(':'); i++) {
      const middle = { x: ghost.x + w / 2, y: ghost.y + h / 2 };
      const [over] = this.scene.nodeGrid.query({ x0: middle.x, y0: middle.y, x1: middle.x, y1: middle.y });
      if (!over) break;
      ghost.y = over.y + over.h + BELOW;
    }
    return ghost;
  }

  /** @param {string} id that one has come to */
  go(id) {
    for (const one of [this.here, id]) this.scene.stale.add(one);
    this.here = id;
    this.scene.touch(false);
  }

  /** The classes of a card, a note or a frame. */
  classes(id) {
    const word = this.words.get(id);
    if (!word) return this.whole ? 'weft-same' : '';
    return `weft-${word}${this.here === id ? ' weft-here' : ''}`;
  }

  /** Its title as it is painted when there is no room for cards. */
  named(id, name) {
    const word = this.words.get(id);
    return word ? `${SIGNS[word]} ${name}` : name;
  }

  cameBy(edge) { return this.came.has(edge.key) || this.words.get(edge.node) === 'added'; }

  /** What went, in view. @param {import('./geometry.js').Rect} area */
  goneIn(area) { return [...this.gone.boxes.values()].filter((box) => overlaps(boxRect(box), area)); }

  rects() { return [...this.gone.boxes.values()].map(boxRect); }

  /** @returns {import('./geometry.js').Rect|null} */
  rectOf(id) {
    const box = this.gone.boxes.get(id);
    return box ? boxRect(box) : null;
  }

  /** The curves of edges that went, in view: they are bent once for each picture of the flow. */
  curves(area) {
    const { scene, bent } = this;
    if (bent.version !== scene.version) Object.assign(bent, { version: scene.version, curves: this.gone.curves(EVERYWHERE) });
    return bent.curves.filter((one) => overlaps(curveRect(one), area));
  }
}

const EVERYWHERE = { x0: -Infinity, y0: -Infinity, x1: Infinity, y1: Infinity };

function keysOf({ ref, node, port }) {
  if (node === OUTPUTS) return [edgeKey('output', OUTPUTS, port, ref)];
  return [port ? edgeKey('data', node, port, ref) : edgeKey('after', node, '', ref)];
}

/** The elements of what went, in the layer of the cards: those in view, where cards are shown. */
export class GoneCards {
  constructor(world, scene) {
    this.world = world;
    this.scene = scene;
    /** @type {Map<string, HTMLElement>} */
    this.shown = new Map();
  }

  /** @param {import('./geometry.js').Rect} area @param {boolean} cards whether it is near enough for cards */
  sync(area, cards) {
    const { reviewed } = this.scene;
    if (!reviewed.on && !this.shown.size) return;
    const boxes = new Map(cards ? reviewed.goneIn(area).map((box) => [box.id, box]) : []);
    for (const [id, el] of this.shown) if (boxes.get(id)?.title !== el.title) { el.remove(); this.shown.delete(id); }
    for (const [id, box] of boxes) {
      const el = this.shown.get(id) ?? this.make(id, box);
      const name = `weft-ghost weft-removed${reviewed.here === id ? ' weft-here' : ''}`;
      if (el.className !== name) el.className = name;
      const place = `translate(${box.x}px, ${box.y}px)`;
      if (el.style.transform !== place) Object.assign(el.style, { transform: place, width: `${box.w}px`, height: `${box.h}px` });
    }
  }

  make(id, { title, text }) {
    const [el, name, word, more] = ['button', 'b', 'span', 'em'].map((tag) => document.createElement(tag));
    el.type = 'button';
    el.tabIndex = -1;
    el.title = name.textContent = title;
    word.textContent = '− removed';
    more.textContent = text;
    Object.assign(el.dataset, { act: 'change', gone: id });
    el.setAttribute('aria-label', `${title}, removed`);
    el.append(name, word, more);
    this.shown.set(id, el);
    this.world.append(el);
    return el;
  }
}
