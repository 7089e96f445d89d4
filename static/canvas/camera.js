/**
 * Which part of the plane is on the screen: screen = world * k + (x, y). Moves glide unless the person asked for
 * less motion; every gesture takes over at once.
 *
 * @typedef {import('./geometry.js').Point} Point
 * @typedef {import('./geometry.js').Rect} Rect
 */
import { MAX_ZOOM, MIN_ZOOM, fitCamera } from './geometry.js';

const GLIDE = 180;

export class Camera {
  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed;
    this.x = 0;
    this.y = 0;
    this.k = 1;
    this.width = 1;
    this.height = 1;
    this.glide = null;
    /** Whether the view is as `fit` left it: it then stays fitted when the canvas changes its size. */
    this.fitted = false;
    this.still = matchMedia('(prefers-reduced-motion: reduce)');
  }

  resize(width, height) {
    this.width = width;
    this.height = height;
    this.changed();
  }

  set({ x, y, k }) {
    this.glide = null;
    this.fitted = false;
    this.x = x;
    this.y = y;
    this.k = Math.max(MIN_ZOOM, Math.min(MAX_ZOOM, k));
    this.changed();
  }

  panBy(dx, dy) { this.set({ x: this.x + dx, y: this.y + dy, k: this.k }); }

  /** Zoom so that the world under a screen point stays under it. @param {Point} at */
  zoomAt(at, factor) {
    const k = Math.max(MIN_ZOOM, Math.min(MAX_ZOOM, this.k * factor));
    const f = k / this.k;
    this.set({ x: at.x - (at.x - this.x) * f, y: at.y - (at.y - this.y) * f, k });
  }

  /** @param {Point} p on the screen, relative to the canvas @returns {Point} */
  toWorld(p) { return { x: (p.x - this.x) / this.k, y: (p.y - this.y) / this.k }; }

  /** @param {Point} p @returns {Point} */
  toScreen(p) { return { x: p.x * this.k + this.x, y: p.y * this.k + this.y }; }

  /** The part of the world in view, with a margin in screen pixels. @returns {Rect} */
  view(margin = 0) {
    const a = this.toWorld({ x: -margin, y: -margin });
    const b = this.toWorld({ x: this.width + margin, y: this.height + margin });
    return { x0: a.x, y0: a.y, x1: b.x, y1: b.y };
  }

  /** @param {Rect} rect */
  fit(rect, most = 1) {
    this.glideTo(this.fitting(rect, most));
    this.fitted = true;
  }

  fitting(rect, most = 1) { return fitCamera(rect, this.width, this.height, Math.min(36, this.width / 20), most); }

  /** A rectangle at this zoom: in the middle where there is room for it, else from its beginning on. */
  fittingFrom(rect, k) {
    const margin = Math.min(36, this.width / 20);
    const place = (from, to, room) => (to - from) * k + 2 * margin <= room ? (room - (to + from) * k) / 2 : margin - from * k;
    return { k, x: place(rect.x0, rect.x1, this.width), y: place(rect.y0, rect.y1, this.height) };
  }

  /** Whether this is what is shown, or about to be. */
  isAt({ x, y, k }) {
    const now = this.glide?.to ?? this;
    return Math.abs(now.x - x) < 1 && Math.abs(now.y - y) < 1 && Math.abs(now.k - k) < 0.001;
  }

  /** How large everything in a rectangle would be, shown whole. */
  zoomToFit(rect) { return this.fitting(rect).k; }

  /** The end of a glide, at once. */
  arrive() {
    const { fitted, glide } = this;
    if (glide) this.set(glide.to);
    this.fitted = fitted;
  }

  /** Bring a rectangle into view with the least move; not at all if it is in view. @param {Rect} rect */
  reveal(rect, margin = 40) {
    const v = this.view(-margin);
    const shift = (lo, hi, from, to) => {
      if (hi - lo > to - from || lo < from) return from - lo;
      return hi > to ? to - hi : 0;
    };
    const dx = shift(rect.x0, rect.x1, v.x0, v.x1), dy = shift(rect.y0, rect.y1, v.y0, v.y1);
    if (dx || dy) this.glideTo({ x: this.x + dx * this.k, y: this.y + dy * this.k, k: this.k });
  }

  glideTo(to) {
    if (this.still.matches || document.hidden) { this.set(to); return; }
    this.fitted = false;
    this.glide = { from: { x: this.x, y: this.y, k: this.k }, to, start: performance.now() };
    this.changed();
  }

  /** One frame of a glide. @returns whether there is more to come */
  step(now) {
    if (!this.glide) return false;
    const { from, to, start } = this.glide;
    const t = Math.max(0, Math.min(1, (now - start) / GLIDE));
    const s = 1 - (1 - t) ** 3;
    this.x = from.x + (to.x - from.x) * s;
    this.y = from.y + (to.y - from.y) * s;
    this.k = from.k + (to.k - from.k) * s;
    if (t === 1) this.glide = null;
    return !!this.glide;
  }
}
