/**
 * Nodes and edges that a run has added to its own graph. They are seen and never touched: no part of the document,
 * gone with the next run. Each stands below the step that added it, where it covers nobody.
 *
 * @typedef {{id: string, title: string, by: string, refs: string[], at?: [number, number]}} Added `at` of a node that
 *   the flow had when a past run began, and has no more
 * @typedef {{nodes: Added[], edges: {from: string, to: string}[], removed: {from: string, to: string}[]}} Expansion
 * @typedef {{id: string, title: string, by: string, x: number, y: number, w: number, h: number}} Ghost
 */
import { boxRect, curve, curveRect, headPoint, overlaps } from './geometry.js';
import { INPUTS, parseRef } from './refs.js';
import { boxText, pillWord, statusOf, tone } from './status.js';

const SIZE = { w: 240, h: 96 };
const GAP = 36;
/** More than these are not drawn one by one; the dock lists them all. */
const MOST = 120;

export class Ghosts {
  constructor(scene) {
    this.scene = scene;
    this.clear();
  }

  clear() {
    /** @type {Map<string, Ghost>} */
    this.boxes = new Map();
    /** @type {{from: string, to: string}[]} */
    this.edges = [];
    /** `from>to` of the document's edges that the run has taken away. */
    this.removed = new Set();
  }

  /** @param {Expansion} expansion all that the run has added so far */
  show({ nodes = [], edges = [], removed = [] }) {
    this.clear();
    this.removed = new Set(removed.map(({ from, to }) => `${from}>${to}`));
    this.edges = edges;
    for (const added of nodes.slice(0, MOST)) this.place(added);
  }

  /** Right of the added ones it needs, below the step that added it. @param {Added} added */
  place({ id, title, by, refs = [], at = null }) {
    if (at) { this.boxes.set(id, { id, title, by, gone: true, x: at[0], y: at[1], ...SIZE }); return; }
    const root = this.scene.boxes.get(by) ?? this.boxes.get(by);
    const before = refs.map((ref) => this.boxes.get(parseRef(ref)?.node ?? '')).filter(Boolean);
    const from = root ?? { x: 0, y: 0, w: 0, h: 0 };
    const x = before.length ? Math.max(...before.map((box) => box.x + box.w)) + GAP : from.x + GAP;
    const ghost = { id, title, by, x, y: from.y + from.h + GAP, ...SIZE };
    while (this.covers(ghost)) ghost.y += 12;
    this.boxes.set(id, ghost);
  }

  covers(ghost) {
    const rect = boxRect(ghost);
    const near = { x0: rect.x0 - 8, y0: rect.y0 - 8, x1: rect.x1 + 8, y1: rect.y1 + 8 };
    if (this.scene.nodeGrid.query(near).some((box) => overlaps(boxRect(box), near))) return true;
    for (const other of this.boxes.values()) if (overlaps(boxRect(other), near)) return true;
    return false;
  }

  /** The curves of added edges, in view. @param {import('./geometry.js').Rect} area */
  curves(area) {
    const found = [];
    for (const { from, to } of this.edges) {
      const a = this.end(from, 'out'), b = this.end(to, 'in');
      if (!a || !b) continue;
      const made = curve(a, b);
      if (overlaps(curveRect(made), area)) found.push(made);
    }
    return found;
  }

  end(ref, side) {
    const [node, port] = ref.split('.');
    const ghost = this.boxes.get(node);
    if (ghost) return { x: side === 'out' ? ghost.x + ghost.w : ghost.x, y: ghost.y + ghost.h / 2 };
    const box = this.scene.boxes.get(node);
    if (!box) return null;
    const kind = side === 'out' ? 'startOf' : 'endOf';
    if (!port && node !== INPUTS && side === 'in') return headPoint(box, 'in');
    return this.scene[kind]({ kind: 'data', source: node, sourcePort: port ?? null, node, port: port ?? '', index: 0 }, box);
  }
}

/** The elements of ghosts, in the layer of the cards. */
export class GhostCards {
  constructor(world, scene) {
    this.world = world;
    this.scene = scene;
    /** @type {Map<string, HTMLElement>} */
    this.shown = new Map();
  }

  sync() {
    const { boxes } = this.scene.ghosts;
    for (const [id, el] of this.shown) if (!boxes.has(id)) { el.remove(); this.shown.delete(id); }
    for (const ghost of boxes.values()) this.write(ghost);
  }

  write(ghost) {
    let el = this.shown.get(ghost.id);
    if (!el) {
      el = document.createElement('button');
      el.type = 'button';
      el.tabIndex = -1;
      el.dataset.act = 'step';
      el.dataset.ghost = ghost.id;
      el.append(...['b', 'span', 'em'].map((tag) => document.createElement(tag)));
      this.shown.set(ghost.id, el);
      this.world.append(el);
    }
    const step = this.scene.steps.get(ghost.id), status = statusOf(step);
    const said = boxText(step, ''), word = `${pillWord(status)}${ghost.gone ? ', gone since' : ''}`;
    const name = `weft-ghost weft-is-${tone(status)}${ghost.gone ? ' weft-gone' : ''}`;
    if (el.className !== name) el.className = name;
    const place = `translate(${ghost.x}px, ${ghost.y}px)`;
    if (el.style.transform !== place) Object.assign(el.style, { transform: place, width: `${ghost.w}px`, height: `${ghost.h}px` });
    const texts = [ghost.title, word, said.note ? `${said.text}\n${said.note}` : said.text];
    texts.forEach((text, i) => { if (el.children[i].textContent !== text) el.children[i].textContent = text; });
    const whence = ghost.gone ? 'not in the flow any more' : `added by ${this.scene.nameOf(ghost.by)} in this run`;
    el.setAttribute('aria-label', `${ghost.title}, ${word}, ${whence}. ${said.text}`);
  }
}
