/**
 * The whole flow in a corner: a bitmap painted when the flow changes, a frame moved when the view does. Pressing or
 * dragging in it takes the view there.
 */
import { union } from './geometry.js';
import { statusOf, tone } from './status.js';

const WIDTH = 200, HEIGHT = 130, MARGIN = 5, CORNER = 14;
const PAUSE = 120;
/** The colours of what came and what was changed, while two versions are compared. */
const DIFFERS = { added: 'ok', changed: 'warn' };
const ROOM = { width: 560, height: 400 }; // a smaller canvas has none to spare

export class Minimap {
  /**
   * @param {HTMLElement} el @param {import('./scene.js').Scene} scene
   * @param {import('./camera.js').Camera} camera @param {import('./theme.js').Theme} theme
   */
  constructor(el, scene, camera, theme) {
    Object.assign(this, { el, scene, camera, theme });
    this.canvas = el.querySelector('canvas');
    this.frame = el.querySelector('i');
    this.version = -1;
    this.paintedAt = 0;
    this.scale = null;
    this.bitmap = null;
    el.addEventListener('pointerdown', (event) => this.press(event));
  }

  /** Part of a frame. @returns {boolean} whether a repaint is still due */
  update(now) {
    const bounds = this.scene.bounds();
    this.el.hidden = !bounds;
    if (!bounds) return false;
    const due = this.version !== this.scene.version;
    const wait = due && this.version >= 0 && now - this.paintedAt < PAUSE;
    if (due && !wait) {
      this.version = this.scene.version;
      this.paintedAt = now;
      this.paint(bounds);
    }
    this.place(this.camera.view());
    this.el.classList.toggle('weft-away', this.cramped() || this.covers(bounds));
    return wait;
  }

  /** Whether it would take too much of a small canvas: on a phone, or above a tall dock. */
  cramped() { return this.camera.width < ROOM.width || this.camera.height < ROOM.height; }

  /** Whether it lies on cards while all of the flow is in view: it has nothing to tell then, and makes room. */
  covers(bounds) {
    const { camera } = this;
    const view = camera.view();
    if (bounds.x0 < view.x0 || bounds.y0 < view.y0 || bounds.x1 > view.x1 || bounds.y1 > view.y1) return false;
    const corner = camera.toWorld({ x: camera.width - CORNER - WIDTH, y: camera.height - CORNER - HEIGHT });
    return this.scene.nodeGrid.query({ x0: corner.x, y0: corner.y, x1: view.x1, y1: view.y1 }).length > 0;
  }

  forgetColours() { this.version = -1; }

  /** The bitmap shows exactly the bounds, as large as the corner allows. */
  paint(bounds) {
    const ratio = devicePixelRatio || 1;
    const { k, x, y } = fitted(bounds);
    this.bitmap = { bounds: { ...bounds }, k };
    this.canvas.width = WIDTH * ratio;
    this.canvas.height = HEIGHT * ratio;
    this.canvas.style.width = `${WIDTH}px`;
    const c = this.canvas.getContext('2d');
    c.setTransform(k * ratio, 0, 0, k * ratio, x * ratio, y * ratio);
    const colours = this.theme.colours;
    const fill = { idle: colours.accent, ok: colours.ok, warn: colours.warn, error: colours.error, accent: colours.accent };
    const bins = new Map(), { reviewed } = this.scene;
    for (const box of this.scene.boxes.values()) {
      const name = reviewed.whole ? DIFFERS[reviewed.words.get(box.id)] ?? 'idle' : box.kind === 'node' ? tone(statusOf(this.scene.steps.get(box.id))) : 'idle';
      if (!bins.has(name)) bins.set(name, []);
      bins.get(name).push(box);
    }
    if (reviewed.on) bins.set('error', [...(bins.get('error') ?? []), ...reviewed.gone.boxes.values()]);
    for (const [name, boxes] of bins) {
      c.fillStyle = fill[name];
      c.globalAlpha = name === 'idle' ? 0.35 : 0.7;
      for (const b of boxes) c.fillRect(b.x, b.y, Math.max(b.w, 1.5 / k), Math.max(b.h, 1.5 / k));
    }
  }

  /** Bitmap and frame where they belong among all there is to see: the flow and the view together. */
  place(view) {
    const { bounds, k: painted } = this.bitmap;
    this.scale = fitted(union([bounds, view]));
    const { k, x, y } = this.scale;
    const at = fitted(bounds);
    const s = k / painted;
    this.canvas.style.transform =
      `translate(${bounds.x0 * k + x - (bounds.x0 * painted + at.x) * s}px, ${bounds.y0 * k + y - (bounds.y0 * painted + at.y) * s}px) scale(${s})`;
    Object.assign(this.frame.style, {
      transform: `translate(${view.x0 * k + x}px, ${view.y0 * k + y}px)`,
      width: `${(view.x1 - view.x0) * k}px`, height: `${(view.y1 - view.y0) * k}px`,
    });
  }

  press(event) {
    if (event.button !== 0 || !this.scale) return;
    event.preventDefault();
    event.stopPropagation();
    const rect = this.el.getBoundingClientRect();
    const scale = this.scale; // as it was when pressed: it must not shift under the pointer
    const go = (e) => {
      const x = (e.clientX - rect.left - scale.x) / scale.k;
      const y = (e.clientY - rect.top - scale.y) / scale.k;
      const { k, width, height } = this.camera;
      this.camera.set({ k, x: width / 2 - x * k, y: height / 2 - y * k });
    };
    this.el.setPointerCapture(event.pointerId);
    const done = () => {
      this.el.removeEventListener('pointermove', go);
      this.el.removeEventListener('pointerup', done);
      this.el.removeEventListener('pointercancel', done);
    };
    this.el.addEventListener('pointermove', go);
    this.el.addEventListener('pointerup', done);
    this.el.addEventListener('pointercancel', done);
    go(event);
  }
}

/** Scale and offset that put a rectangle into the corner, centred. */
function fitted(r) {
  const w = r.x1 - r.x0 || 1, h = r.y1 - r.y0 || 1;
  const k = Math.min((WIDTH - 2 * MARGIN) / w, (HEIGHT - 2 * MARGIN) / h);
  return { k, x: (WIDTH - w * k) / 2 - r.x0 * k, y: (HEIGHT - h * k) / 2 - r.y0 * k };
}
