/**
 * A uniform grid over the plane: which things may touch a rectangle, without looking at the others.
 * A thing that would fill very many cells (a long edge) is kept in one list that every query reads.
 *
 * @typedef {import('./geometry.js').Rect} Rect
 */
const CELL = 512;
const MOST_CELLS = 48;
const key = (cx, cy) => (cx + 0x8000) * 0x10000 + (cy + 0x8000);
const cell = (v) => Math.max(-0x8000, Math.min(0x7fff, Math.floor(v / CELL)));

/** @template T */
export class Grid {
  constructor() {
    /** @type {Map<number, Set<T>>} */
    this.cells = new Map();
    /** @type {Map<T, Rect>} */
    this.rects = new Map();
    /** @type {Set<T>} */
    this.wide = new Set();
  }

  /** Insert, or move. @param {T} item @param {Rect} rect */
  set(item, rect) {
    const before = this.rects.get(item);
    if (before && sameCells(before, rect)) {
      this.rects.set(item, rect);
      return;
    }
    if (before) this.delete(item);
    this.rects.set(item, rect);
    if (isWide(rect)) { this.wide.add(item); return; }
    eachCell(rect, (k) => {
      let there = this.cells.get(k);
      if (!there) this.cells.set(k, (there = new Set()));
      there.add(item);
    });
  }

  /** @param {T} item */
  delete(item) {
    const rect = this.rects.get(item);
    if (!rect) return;
    this.rects.delete(item);
    if (this.wide.delete(item)) return;
    eachCell(rect, (k) => {
      const there = this.cells.get(k);
      there?.delete(item);
      if (there && !there.size) this.cells.delete(k);
    });
  }

  /** Every thing whose rectangle overlaps `area`, once each. @param {Rect} area @returns {T[]} */
  query(area) {
    const found = new Set();
    const cellsAsked = spanOf(area);
    const take = (item) => {
      const r = this.rects.get(item);
      if (r.x0 <= area.x1 && area.x0 <= r.x1 && r.y0 <= area.y1 && area.y0 <= r.y1) found.add(item);
    };
    for (const item of this.wide) take(item);
    if (cellsAsked > this.cells.size) {
      for (const item of this.rects.keys()) take(item);
    } else {
      eachCell(area, (k) => {
        const there = this.cells.get(k);
        if (there) for (const item of there) take(item);
      });
    }
    return [...found];
  }

  clear() {
    this.cells.clear();
    this.rects.clear();
    this.wide.clear();
  }
}

function eachCell(r, visit) {
  const x1 = cell(r.x1), y1 = cell(r.y1);
  for (let cx = cell(r.x0); cx <= x1; cx++) for (let cy = cell(r.y0); cy <= y1; cy++) visit(key(cx, cy));
}

const spanOf = (r) => (cell(r.x1) - cell(r.x0) + 1) * (cell(r.y1) - cell(r.y0) + 1);
const isWide = (r) => spanOf(r) > MOST_CELLS;
const sameCells = (a, b) =>
  cell(a.x0) === cell(b.x0) && cell(a.y0) === cell(b.y0) && cell(a.x1) === cell(b.x1) && cell(a.y1) === cell(b.y1);
