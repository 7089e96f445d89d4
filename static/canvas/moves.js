/**
 * The gestures that move things: the view, nodes, a marquee, two fingers.
 * @typedef {import('./geometry.js').Point} Point
 * @typedef {import('./gestures.js').Where} Where
 */
import { rectOf } from './geometry.js';

/** Dragged nodes stand on a third of the dot grid; Alt lets go of it. */
export const STEP = 10;
const BORDER = 28;
const PULL = 14;

export class Pan {
  name = 'pan';

  constructor(editor, at) {
    this.editor = editor;
    this.last = at;
    this.start = { x: editor.camera.x, y: editor.camera.y, k: editor.camera.k };
  }

  move({ at }) {
    this.editor.camera.panBy(at.x - this.last.x, at.y - this.last.y);
    this.last = at;
  }

  up() {}

  cancel() { this.editor.camera.set(this.start); }
}

/** Near the border of the canvas, the view follows. @returns {boolean} whether it moved */
export function pull(editor, at) {
  if (!at) return false;
  const { width, height } = editor.camera;
  const speed = (v, most) => (v < BORDER ? PULL * Math.min(1, (BORDER - v) / BORDER) : v > most - BORDER ? -PULL * Math.min(1, (v - most + BORDER) / BORDER) : 0);
  const dx = speed(at.x, width), dy = speed(at.y, height);
  if (dx || dy) editor.camera.panBy(dx, dy);
  return !!(dx || dy);
}

export class Drag {
  name = 'drag';

  /** @param {string} grabbed the node under the pointer: it alone decides how the others snap */
  constructor(editor, at, grabbed) {
    this.editor = editor;
    this.grabbed = grabbed;
    this.origin = editor.camera.toWorld(at);
    const ids = editor.selection.has(grabbed) ? [...editor.selection] : [grabbed];
    this.from = new Map(ids.filter((id) => editor.scene.boxes.has(id)).map((id) => [id, editor.scene.placeOf(id)]));
    editor.scene.raise([...this.from.keys()]);
    this.delta = [0, 0];
  }

  /** @param {Where} where */
  move({ at, event }) {
    this.event = event;
    const p = this.editor.camera.toWorld(at);
    const [x, y] = this.from.get(this.grabbed) ?? [0, 0];
    const snap = (v) => (event.altKey ? Math.round(v) : Math.round(v / STEP) * STEP);
    this.delta = [snap(x + p.x - this.origin.x) - x, snap(y + p.y - this.origin.y) - y];
    this.editor.scene.drag(this.places());
  }

  places() {
    const [dx, dy] = this.delta;
    return [...this.from].filter(([id]) => this.editor.scene.boxes.has(id)).map(([id, [x, y]]) => [id, [x + dx, y + dy]]);
  }

  pull(at) {
    const moved = pull(this.editor, at);
    if (moved) this.move({ at, event: this.event });
    return moved;
  }

  up() {
    const places = this.delta[0] || this.delta[1] ? this.places() : [];
    this.editor.scene.dropDrag();
    this.editor.actions.moveTo(places);
  }

  cancel() { this.editor.scene.dropDrag(); }
}

export class Marquee {
  name = 'marquee';

  constructor(editor, at) {
    this.editor = editor;
    this.origin = editor.camera.toWorld(at);
    this.before = [...editor.selection];
  }

  move({ at, event }) {
    this.event = event;
    const { camera, scene, stage } = this.editor;
    const p = camera.toWorld(at);
    const inside = scene.nodeGrid.query(rectOf(this.origin, p)).map((box) => box.id);
    this.editor.select([...new Set([...this.before, ...inside])]);
    stage.drawMarquee(rectOf(camera.toScreen(this.origin), at));
  }

  pull(at) {
    const moved = pull(this.editor, at);
    if (moved) this.move({ at, event: this.event });
    return moved;
  }

  up() {
    this.editor.stage.drawMarquee(null);
    this.editor.announceSelection();
  }

  cancel() {
    this.editor.stage.drawMarquee(null);
    this.editor.select(this.before);
  }
}

export class Pinch {
  name = 'pinch';

  /** @param {Point[]} points two fingers */
  constructor(editor, points) {
    this.editor = editor;
    this.last = spread(points);
  }

  move(points) {
    if (points.length < 2) return;
    const now = spread(points);
    const { camera } = this.editor;
    camera.panBy(now.middle.x - this.last.middle.x, now.middle.y - this.last.middle.y);
    camera.zoomAt(now.middle, now.distance / this.last.distance);
    this.last = now;
  }

  up() {}
}

function spread([a, b]) {
  return {
    middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 },
    distance: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)),
  };
}
