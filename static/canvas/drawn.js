/**
 * What is drawn on the canvas and means nothing to a run: sticky notes and frames. They have keys, `note:<id>` and
 * `frame:<id>`, so that they can be selected and moved together with nodes.
 *
 * @typedef {{key: string, kind: 'note'|'frame', id: string, x: number, y: number, w: number, h: number, text: string,
 *   colour: string}} Item
 */
import { boxRect } from './geometry.js';

/** Room in a frame for its title. */
export const TITLE = 36;
/** Room around the nodes in a frame. */
export const PADDING = 28;
const GRIP = 22;
const EDGE = 6;
/** The theme's few; '' is plain. */
export const COLOURS = ['', 'accent', 'ok', 'warn', 'error'];
/** Smallest sizes, by kind. */
export const LEAST = { note: [120, 60], frame: [160, 90] };
const SIZES = { note: [240, 120], frame: [480, 320] };
const SECTIONS = { note: 'notes', frame: 'frames' };

export const keyOf = (kind, id) => `${kind}:${id}`;
export const isDrawn = (key) => key.startsWith('note:') || key.startsWith('frame:');

export class Drawn {
  /** @param {import('./scene.js').Scene} scene */
  constructor(scene) {
    this.scene = scene;
    /** @type {Map<string, Item>} */
    this.items = new Map();
    /** Sizes while a grip is held. @type {Map<string, [number, number]>} */
    this.sizes = new Map();
  }

  has(key) { return this.items.has(key); }
  get(key) { return this.items.get(key); }

  /** @returns whether anything differs */
  show(layout = {}, before = {}) {
    if (layout.notes === before.notes && layout.frames === before.frames) return false;
    this.items = new Map();
    for (const kind of ['frame', 'note']) {
      for (const [id, one] of Object.entries(layout[SECTIONS[kind]] ?? {})) {
        const [w, h] = SIZES[kind];
        this.items.set(keyOf(kind, id), {
          key: keyOf(kind, id), kind, id, x: one.x ?? 0, y: one.y ?? 0, w: one.width ?? w, h: one.height ?? h,
          text: (kind === 'note' ? one.text : one.title) ?? '', colour: COLOURS.includes(one.color) ? one.color : '',
        });
      }
    }
    return true;
  }

  /** @returns {[number, number]} */
  placeOf(key) {
    const { x, y } = this.items.get(key);
    return this.scene.places.dragged.get(key) ?? [x, y];
  }

  boxOf(key) {
    const item = this.items.get(key);
    const [x, y] = this.placeOf(key), [w, h] = this.sizes.get(key) ?? [item.w, item.h];
    return { x, y, w, h };
  }

  rects() { return [...this.items.keys()].map((key) => boxRect(this.boxOf(key))); }

  nameOf(key) {
    const { kind, text } = this.items.get(key);
    const line = text.trim().split('\n')[0].slice(0, 60);
    return kind === 'note' ? (line ? `Note: ${line}` : 'Note') : (line ? `Frame ${line}` : 'Frame');
  }

  /** The one under a point; a frame only where it is seen: its title, its border, its corner. */
  hit(p, kind, k) {
    let found = null;
    for (const item of this.items.values()) {
      if (item.kind !== kind) continue;
      const r = boxRect(this.boxOf(item.key)), near = EDGE / k;
      if (p.x < r.x0 - near || p.x > r.x1 + near || p.y < r.y0 - near || p.y > r.y1 + near) continue;
      const grip = p.x > r.x1 - GRIP && p.y > r.y1 - GRIP;
      const inner = p.x > r.x0 + near && p.x < r.x1 - near && p.y > r.y0 + TITLE && p.y < r.y1 - near;
      if (kind === 'frame' && inner && !grip) continue;
      found = { kind: 'drawn', key: item.key, part: grip ? 'grip' : 'body' };
    }
    return found;
  }

  /** What moves with a frame: all whose middle lies in it. @returns {string[]} */
  inside(key) {
    const r = boxRect(this.boxOf(key));
    const holds = (b) => b.x + b.w / 2 > r.x0 && b.x + b.w / 2 < r.x1 && b.y + b.h / 2 > r.y0 && b.y + b.h / 2 < r.y1;
    const nodes = this.scene.nodeGrid.query(r).filter(holds).map((box) => box.id);
    const others = [...this.items.keys()].filter((other) => other !== key && holds(this.boxOf(other)));
    return [...nodes, ...others.filter((other) => this.items.get(other).kind === 'note' || smaller(this.boxOf(other), this.boxOf(key)))];
  }

  /** The change that gives it other fields: `x`, `y`, `width`, `height`, `text`, `title`, `color`; null takes it away. */
  change(key, fields) {
    const { kind, id } = this.items.get(key);
    const now = this.scene.flow.layout?.[SECTIONS[kind]]?.[id] ?? {};
    return { op: kind === 'note' ? 'set-note' : 'set-frame', id, [kind]: fields && { ...now, ...fields } };
  }
}

const smaller = (a, b) => a.w * a.h < b.w * b.h;
