/**
 * The 2D layer below the cards: dot grid, edges batched by style, and rectangles for nodes that have no card.
 * It reads the scene and the camera, and nothing from the page.
 *
 * @typedef {import('./edges.js').Edge} Edge
 * @typedef {import('./geometry.js').Box} Box
 * @typedef {{selectedEdge: string|null, hoveredEdge: string|null, hiddenEdge: string|null, selection: Set<string>,
 *   hasCard: (id: string) => boolean, dash: number, faded: boolean}} Look
 */
import { CARD_ZOOM } from './geometry.js';
import { statusOf, tone } from './status.js';
import { isQuiet } from './taken.js';

const DOTS = 30;
const DOT = 2;
const LINE = 2.25;
/** Curves this small on the screen are drawn as straight lines. */
const STRAIGHT_ZOOM = 0.16;
const MOST_TITLES = 160;
/** What came, changed and went is told apart by its line too. */
const LINES = { changed: [6, 4], gone: [2, 3] };

export class Painter {
  /** @param {HTMLCanvasElement} canvas @param {import('./theme.js').Theme} theme */
  constructor(canvas, theme) {
    this.canvas = canvas;
    this.theme = theme;
    this.context = canvas.getContext('2d', { alpha: false });
    this.ratio = 1;
  }

  resize(width, height, ratio) {
    this.ratio = ratio;
    this.canvas.width = Math.max(1, Math.round(width * ratio));
    this.canvas.height = Math.max(1, Math.round(height * ratio));
  }

  /** @param {import('./camera.js').Camera} camera @param {import('./scene.js').Scene} scene @param {Look} look */
  paint(camera, scene, look) {
    const c = this.context, { k, x, y } = camera;
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.fillStyle = this.theme.colours.bg;
    c.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.paintDots(camera);
    c.setTransform(k * this.ratio, 0, 0, k * this.ratio, x * this.ratio, y * this.ratio);
    const area = camera.view(8);
    this.paintEdges(scene, area, k, look);
    this.paintBoxes(scene, area, k, look);
  }

  /** Small squares on whole pixels: a thousand of them cost a third of what filling with a pattern does. */
  paintDots({ x, y, k }) {
    const c = this.context, { width, height } = this.canvas;
    let step = DOTS * k * this.ratio;
    while (step < 18 * this.ratio) step *= 2;
    const size = Math.max(1, Math.round(DOT * this.ratio * Math.min(1.5, Math.max(0.75, k))));
    const first = (offset) => (((offset * this.ratio) % step) + step) % step - size / 2;
    c.fillStyle = this.theme.colours.grid;
    for (let px = first(x); px < width; px += step) {
      const left = Math.round(px);
      for (let py = first(y); py < height; py += step) c.fillRect(left, Math.round(py), size, size);
    }
  }

  paintEdges(scene, area, k, look) {
    const colours = this.theme.colours;
    const styles = {
      quiet: { colour: colours.edge, width: 1.5, dash: [], alpha: 0.4 },
      plain: { colour: colours.edge, width: LINE, dash: [] },
      ghost: { colour: colours.accent, width: 1.5, dash: [6, 6] },
      critical: { colour: colours.warn, width: 3.5, dash: [] },
      order: { colour: colours.edge, width: 1.5, dash: [2, 5] },
      same: { colour: colours.edge, width: 1.5, dash: [], alpha: 0.4 },
      came: { colour: colours.ok, width: 3.5, dash: [] },
      gone: { colour: colours.error, width: 2.5, dash: [3, 6] },
      wrong: { colour: colours.error, width: LINE, dash: [] },
      flowing: { colour: colours.accent, width: LINE, dash: [10, 6] },
      hovered: { colour: colours.accent, width: LINE, dash: [] },
      selected: { colour: colours.accent, width: 3.5, dash: [] },
    };
    const bins = Object.fromEntries(Object.keys(styles).map((name) => [name, []]));
    for (const edge of scene.edgeGrid.query(area)) {
      if (edge.key !== look.hiddenEdge && edge.curve) bins[styleOf(edge, scene, look)].push(edge.curve);
    }
    if (scene.ghosts.edges.length) bins.ghost.push(...scene.ghosts.curves(area));
    if (scene.reviewed.on) bins.gone.push(...scene.reviewed.curves(area));
    const c = this.context;
    c.lineCap = 'round';
    for (const [name, style] of Object.entries(styles)) {
      if (!bins[name].length) continue;
      c.globalAlpha = (look.faded ? 0.45 : 1) * (style.alpha ?? 1);
      c.strokeStyle = style.colour;
      c.lineWidth = Math.max(style.width, 0.8 / k);
      c.setLineDash(k < CARD_ZOOM ? [] : style.dash);
      c.lineDashOffset = name === 'flowing' ? -look.dash : 0;
      strokeAll(c, bins[name], k < STRAIGHT_ZOOM);
    }
    c.setLineDash([]);
    c.globalAlpha = 1;
  }

  paintBoxes(scene, area, k, look) {
    const boxes = scene.nodeGrid.query(area).filter((box) => !look.hasCard(box.id));
    const gone = scene.reviewed.on && k < CARD_ZOOM ? scene.reviewed.goneIn(area) : [];
    if (!boxes.length && !gone.length) return;
    const bins = new Map();
    for (const box of boxes) {
      const name = reviewOf(box.id, scene) ?? (box.kind === 'node' ? tone(statusOf(scene.steps.get(box.id))) : 'face');
      const shown = name === 'idle' && scene.problems.get(box.id)?.some((p) => p.severity !== 'warning') ? 'wrong' : name;
      if (!bins.has(shown)) bins.set(shown, []);
      bins.get(shown).push(box);
    }
    for (const [name, those] of bins) this.fillBoxes(those, name, k);
    if (gone.length) this.fillBoxes(gone, 'gone', k);
    if (boxes.length <= MOST_TITLES && k > 0.14) this.paintTitles(scene, [...boxes, ...gone], k);
    this.outline(boxes.filter((box) => look.selection.has(box.id)), k);
  }

  fillBoxes(boxes, name, k) {
    const c = this.context, colours = this.theme.colours;
    const line = { added: colours.ok, changed: colours.warn, gone: colours.error, ok: colours.ok, warn: colours.warn, error: colours.error, wrong: colours.error };
    const fill = { added: colours['ok-soft'], changed: colours['warn-soft'], same: colours.bg, gone: colours.bg, ok: colours['ok-soft'], warn: colours['warn-soft'], error: colours['error-soft'] };
    const own = name === 'face' || name === 'accent';
    c.fillStyle = own ? colours['accent-soft'] : fill[name] ?? colours.surface;
    c.strokeStyle = own ? colours.accent : line[name] ?? colours['border-strong'];
    c.lineWidth = Math.max(1.25, (line[name] ? 1.6 : 1) / k);
    c.setLineDash((LINES[name] ?? []).map((part) => part / k));
    c.beginPath();
    for (const b of boxes) {
      if (k > 0.12) c.roundRect(b.x, b.y, b.w, b.h, 14);
      else c.rect(b.x, b.y, b.w, b.h);
    }
    c.fill();
    c.stroke();
    c.setLineDash([]);
  }

  paintTitles(scene, boxes, k) {
    const c = this.context;
    const size = Math.min(44, 12 / k);
    c.fillStyle = this.theme.colours.text;
    c.textBaseline = 'middle';
    c.textAlign = 'center';
    c.font = `600 ${size}px ${this.theme.colours.font || 'sans-serif'}`;
    const room = (w) => Math.max(3, Math.floor((w - 24) / (size * 0.58)));
    for (const b of boxes) {
      const name = b.title ? `− ${b.title}` : scene.reviewed.named(b.id, scene.nameOf(b.id));
      const fits = room(b.w);
      c.fillText(name.length > fits ? `${name.slice(0, fits - 1)}…` : name, b.x + b.w / 2, b.y + b.h / 2, b.w - 16);
    }
  }

  outline(boxes, k) {
    if (!boxes.length) return;
    const c = this.context, gap = 5;
    c.strokeStyle = this.theme.colours.accent;
    c.lineWidth = Math.max(2, 2 / k);
    c.beginPath();
    for (const b of boxes) c.roundRect(b.x - gap, b.y - gap, b.w + 2 * gap, b.h + 2 * gap, 18);
    c.stroke();
  }
}

/** How a box is filled while two versions are compared; nothing otherwise. */
function reviewOf(id, { reviewed }) {
  const word = reviewed.on ? reviewed.words.get(id) : null;
  return word === 'moved' ? 'idle' : word ?? (reviewed.whole ? 'same' : null);
}

/** @param {Edge} edge */
function styleOf(edge, scene, look) {
  if (edge.key === look.selectedEdge) return 'selected';
  if (edge.key === look.hoveredEdge) return 'hovered';
  if (scene.reviewed.on && scene.reviewed.cameBy(edge)) return 'came';
  if (scene.reviewed.whole) return 'same';
  if (statusOf(scene.steps.get(edge.source)) === 'running') return 'flowing';
  const { critical } = scene.marks;
  if (critical.size && critical.has(edge.source) && critical.has(edge.node)) return 'critical';
  const wrong = scene.problems.get(edge.node)?.some((p) => p.port === edge.port && p.severity !== 'warning');
  if (wrong && edge.kind === 'data') return 'wrong';
  if (scene.steps.size && isQuiet(edge, scene)) return 'quiet';
  return edge.kind === 'after' ? 'order' : 'plain';
}

function strokeAll(c, curves, straight) {
  c.beginPath();
  for (const e of curves) {
    c.moveTo(e.x1, e.y1);
    if (straight) c.lineTo(e.x2, e.y2);
    else c.bezierCurveTo(e.c1, e.y1, e.c2, e.y2, e.x2, e.y2);
  }
  c.stroke();
}
