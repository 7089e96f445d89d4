/**
 * The gestures that move things: the view, nodes, a marquee, two fingers.
 * @typedef {import('./geometry.js').Point} Point
 * @typedef {import('./gestures.js').Where} Where
 */
import { rectOf } from './geometry.js';
import { edgeAt } from './hit.js';
import { snap as snapTo } from './guides.js';

/** Dragged nodes stand on a third of the dot grid; Alt lets go of it. */
export const STEP = 10;
const BORDER = 28;
const REACH = 6;
const MOST_GUIDES = 300;
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
    const { scene } = editor;
    const moved = new Set(ids.flatMap((id) => (id.startsWith('frame:') ? [id, ...scene.drawn.inside(id)] : [id])));
    this.from = new Map([...moved].filter((id) => scene.has(id)).map((id) => [id, scene.placeOf(id)]));
    scene.raise([...this.from.keys()]);
    this.onto = null;
    this.delta = [0, 0];
  }

  /** @param {Where} where */
  move({ at, event }) {
    this.event = event;
    const p = this.editor.camera.toWorld(at);
    const [x, y] = this.from.get(this.grabbed) ?? [0, 0];
    const snap = (v) => (event.altKey ? Math.round(v) : Math.round(v / STEP) * STEP);
    this.delta = [snap(x + p.x - this.origin.x) - x, snap(y + p.y - this.origin.y) - y];
    this.editor.stage.drawGuides(event.altKey ? [] : this.snapped([p.x - this.origin.x, p.y - this.origin.y]));
    this.editor.scene.drag(this.places());
    this.overEdge(p);
  }

  /** Jump level with others in view. @param {[number, number]} free how far the pointer went @returns lines to draw */
  snapped(free) {
    const { scene, camera } = this.editor;
    const from = this.from.get(this.grabbed), own = scene.rectOf(this.grabbed);
    if (!from || !own) return [];
    const [w, h] = [own.x1 - own.x0, own.y1 - own.y0];
    const at = (x, y) => ({ x0: x, y0: y, x1: x + w, y1: y + h });
    const others = scene.nodeGrid.query(camera.view()).filter((box) => !this.from.has(box.id)).slice(0, MOST_GUIDES)
      .map((box) => ({ x0: box.x, y0: box.y, x1: box.x + box.w, y1: box.y + box.h }));
    const found = snapTo(at(from[0] + free[0], from[1] + free[1]), others, REACH / camera.k);
    if (found.x) this.delta[0] = Math.round(free[0] + found.dx);
    if (found.y) this.delta[1] = Math.round(free[1] + found.dy);
    return found.lines.map(({ x1, y1, x2, y2 }) => [camera.toScreen({ x: x1, y: y1 }), camera.toScreen({ x: x2, y: y2 })]);
  }

  /** A single node without edges, over an edge, would be put on it: the edge is lit. */
  overEdge(p) {
    const { editor } = this;
    if (this.from.size !== 1 || !editor.actions.isLoose(this.grabbed)) return;
    const edge = edgeAt(editor.scene, p, editor.camera.k)?.edge;
    this.onto = edge && edge.kind !== 'after' ? edge : null;
    editor.hover.pointEdge(this.onto);
  }

  places() {
    const [dx, dy] = this.delta;
    return [...this.from].filter(([id]) => this.editor.scene.has(id)).map(([id, [x, y]]) => [id, [x + dx, y + dy]]);
  }

  pull(at) {
    const moved = pull(this.editor, at);
    if (moved) this.move({ at, event: this.event });
    return moved;
  }

  up() {
    const places = this.delta[0] || this.delta[1] ? this.places() : [];
    this.end();
    if (this.onto && this.editor.scene.edges.has(this.onto.key)) this.editor.actions.spliceIn(this.grabbed, this.onto, places);
    else this.editor.actions.moveTo(places);
  }

  cancel() { this.end(); }

  end() {
    this.editor.scene.dropDrag();
    this.editor.stage.drawGuides([]);
    this.editor.hover.pointEdge(null);
  }
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
    const area = rectOf(this.origin, p);
    const notes = [...scene.drawn.items.keys()].filter((key) => within(scene.rectOf(key), area));
    const inside = [...scene.nodeGrid.query(area).map((box) => box.id), ...notes];
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

/** Notes and frames are taken when they are wholly inside: a frame would always be touched. */
const within = (r, area) => r.x0 >= area.x0 && r.x1 <= area.x1 && r.y0 >= area.y0 && r.y1 <= area.y1;

function spread([a, b]) {
  return {
    middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 },
    distance: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)),
  };
}
