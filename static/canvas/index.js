/**
 * The canvas of a flow: `createEditor(element, host)` makes one. The host sends it what the server says (`load`,
 * `applied`, `refused`, `problems`, `runState`) and hears what the person does through `emit(name, payload)`:
 * `ready`, `ops`, `select`, `open`, `command`, `notice`, `viewport`.
 *
 * One frame loop draws; whatever changes only asks for a frame. Nothing in a frame reads from the page.
 */
import { Actions } from './actions.js';
import { Camera } from './camera.js';
import { Cards } from './cards.js';
import { Chooser } from './chooser.js';
import { Gestures } from './gestures.js';
import { GhostCards } from './ghosts.js';
import { Hover } from './hover.js';
import { Keyboard } from './keyboard.js';
import { Menu } from './menu.js';
import { Memory } from './memory.js';
import { Minimap } from './minimap.js';
import { Painter } from './draw.js';
import { Protocol } from './protocol.js';
import { SMALL_ZOOM } from './geometry.js';
import { Scene } from './scene.js';
import { Selecting } from './selecting.js';
import { Stage } from './stage.js';
import { Theme } from './theme.js';
import { loadStyle } from './style.js';
import { statusOf } from './status.js';

const CALM = 140;
const DASH_SPEED = 0.03;
const CARD_MARGIN = 160;

/** @param {HTMLElement} element @param {{emit: (name: string, payload: any) => void, snapshotUrl?: string}} host */
export function createEditor(element, host) {
  return new Editor(element, host);
}

export class Editor extends Selecting {
  constructor(element, { emit, snapshotUrl = '' }) {
    super();
    this.emit = emit;
    this.snapshotUrl = snapshotUrl;
    loadStyle();
    this.stage = new Stage(element);
    this.memory = new Memory();
    this.memory.collect = () => this.remembered();
    this.raf = 0;
    this.dirty = true;
    this.scene = new Scene(() => this.request());
    this.camera = new Camera(() => this.viewChanged());
    this.theme = new Theme(element, () => this.recolour());
    this.cards = new Cards(this.stage.world, this.scene);
    this.ghostCards = new GhostCards(this.stage.world, this.scene);
    this.painter = new Painter(this.stage.layer, this.theme);
    this.minimap = new Minimap(this.stage.minimap, this.scene, this.camera, this.theme);
    this.chooser = new Chooser(element);
    this.actions = new Actions(this);
    this.hover = new Hover(this);
    this.gestures = new Gestures(this);
    this.menu = new Menu(this);
    this.keyboard = new Keyboard(this);
    this.protocol = this.makeProtocol();
    this.still = matchMedia('(prefers-reduced-motion: reduce)');
    this.calm = 0;
    this.watchSize();
    this.start();
  }

  makeProtocol() {
    return new Protocol({
      send: (batch) => this.emit('ops', batch),
      show: (flow, ports) => this.show(flow, ports),
      problems: (list) => this.scene.setProblems(list),
      refused: (message) => this.tell(message, 'error'),
      resync: () => this.fetchSnapshot(),
    });
  }

  async start() {
    if (this.snapshotUrl) await this.fetchSnapshot();
    this.emit('ready', { rev: this.protocol.rev });
  }

  /** The whole document over HTTP: at the start, and whenever something was missed. Asked for again while it is on
   *  its way, it is fetched once more. */
  async fetchSnapshot() {
    if (!this.snapshotUrl) { this.emit('ready', { rev: this.protocol.rev }); return; }
    this.wanted = true;
    if (this.fetching) return;
    this.fetching = true;
    try {
      while (this.wanted) {
        this.wanted = false;
        const response = await fetch(this.snapshotUrl, { headers: { accept: 'application/json' } });
        if (!response.ok) throw new Error(`the server answered ${response.status}`);
        this.load(await response.json());
      }
    } catch (error) {
      this.tell(`The flow could not be loaded: ${error.message}. Reload the page to try again.`, 'error');
    } finally {
      this.fetching = false;
    }
  }

  // ---- what the host calls ----

  /** @param {any} snapshot */
  load(snapshot) {
    const { slug = '', ports = {}, components = {}, fits = [], problems = [] } = snapshot;
    const first = this.slug !== slug;
    if (first) {
      this.scene.reset();
      this.protocol.pending.length = 0;
    }
    this.slug = slug;
    this.scene.components = components;
    this.scene.fits = new Map(fits.map(([source, target, adapter]) => [`${source}>${target}`, adapter ?? null]));
    const was = first ? this.memory.recall(slug) : null;
    if (was) this.scene.open = new Set(was.open ?? []);
    this.stage.root.setAttribute('aria-label', `Flow canvas: ${snapshot.flow.name || slug || 'untitled'}`);
    Object.assign(this.scene.ports, ports);
    this.protocol.load(snapshot);
    this.scene.setProblems(problems);
    if (was) this.restore(was);
    this.frameNow();
  }

  applied(message) {
    this.protocol.applied(message);
    if (message.ports) this.actions.portsCame(message.ports);
  }

  refused(message) { this.protocol.refused(message); }
  problems(list) { this.scene.setProblems(list); }
  runState({ reset = false, nodes = {}, ghosts = null }) {
    const before = new Map(Object.keys(nodes).map((id) => [id, statusOf(this.scene.steps.get(id))]));
    this.scene.setSteps(nodes, reset);
    if (ghosts) this.scene.ghosts.show(ghosts);
    for (const [id, was] of before) this.announceStep(id, was);
  }
  marks(marks) { this.scene.setMarks(marks); }
  reveal(id, port) {
    this.select([id]);
    this.revealNode(id, port);
  }
  setTheme() { this.theme.read(); }

  /** The connection is back: get what was missed, and send again what wasn't answered. */
  reconnected() { return this.fetchSnapshot(); }

  command(name, args = {}) {
    const does = {
      fit: () => this.fit(),
      'fit-selection': () => this.fitSelection(),
      'zoom-in': () => this.zoomBy(1.25),
      'zoom-out': () => this.zoomBy(0.8),
      'zoom-100': () => this.zoomTo(1),
      delete: () => this.actions.remove(),
      duplicate: () => this.actions.duplicate(),
      'select-all': () => this.selectAll(),
      arrange: () => this.actions.arrange(),
      connect: () => this.startConnect(),
      focus: () => this.stage.root.focus({ preventScroll: true }),
      add: () => this.actions.add(args.component, args.at, args.from),
    }[name];
    if (does) does();
  }

  // ---- the document ----

  /** @returns {boolean} whether the batch could be applied here */
  submit(changes, label) { return this.protocol.submit(changes, label); }
  submitBatch({ changes, label }) {
    if (this.submit(changes, label)) this.announce(`${label}.`);
  }

  show(flow, ports = {}) {
    this.scene.show(flow, ports);
    this.dropGone();
    this.stage.hint.hidden = this.scene.boxes.size > 0;
    if (this.cards.portState) this.cards.refresh(this.selection);
  }

  // ---- one frame ----

  /** @param {boolean} [picture] false: only the pointer's whereabouts are to be looked up */
  request(picture = true) {
    if (picture) this.dirty = true;
    if (!this.raf) this.raf = requestAnimationFrame((now) => this.frame(now));
  }

  frame(now) {
    this.raf = 0;
    if (this.camera.step(now)) this.viewChanged();
    if (this.gestures.tick()) this.dirty = true;
    if (this.hover.tick()) this.dirty = true;
    const animated = this.animating();
    if (this.dirty) {
      this.dirty = false;
      this.layCards();
      if (this.minimap.update(now)) this.request();
      this.paint(now);
    } else if (animated) {
      this.paint(now);
    }
    if (animated) this.request(false);
  }

  /** Draw at once: after a load, so that the first picture isn't an empty one. */
  frameNow() {
    cancelAnimationFrame(this.raf);
    this.frame(performance.now());
  }

  animating() {
    if (this.still.matches || document.hidden) return false;
    for (const step of this.scene.steps.values()) if (step.status === 'running') return true;
    return false;
  }

  /** The camera as drawn: on whole device pixels, so that text stays sharp and both layers agree. */
  shownCamera() {
    const { painter: { ratio }, camera } = this;
    return { x: Math.round(camera.x * ratio) / ratio, y: Math.round(camera.y * ratio) / ratio, k: camera.k };
  }

  layCards() {
    const { x, y, k } = this.shownCamera();
    this.stage.world.style.transform = `translate(${x}px, ${y}px) scale(${k})`;
    this.stage.world.classList.toggle('weft-small', k < SMALL_ZOOM);
    this.cards.sync(this.camera.view(CARD_MARGIN), k, this.keptCards(), this.selection);
    this.ghostCards.sync();
  }

  /** The focused card stays, and so do dragged ones that had a card. */
  keptCards() {
    const kept = new Set();
    const focused = this.focused();
    if (focused) kept.add(focused);
    for (const id of this.scene.places.dragged.keys()) if (this.cards.has(id)) kept.add(id);
    return kept;
  }

  paint(now) {
    const shown = this.shownCamera();
    this.painter.paint({ ...shown, view: (margin) => this.camera.view(margin) }, this.scene, {
      selectedEdge: this.edge, hoveredEdge: this.hover.edge, hiddenEdge: this.wire?.moving?.key ?? null,
      selection: this.selection, hasCard: (id) => this.cards.has(id),
      dash: this.still.matches ? 0 : now * DASH_SPEED, faded: !!this.wire,
    });
  }

  /** While the view moves, the cards are one layer that is only shifted; at rest they are drawn sharp. */
  viewChanged() {
    this.stage?.world.classList.add('weft-moving');
    clearTimeout(this.calm);
    this.calm = setTimeout(() => {
      this.stage.world.classList.remove('weft-moving');
      const { x, y, k } = this.camera;
      this.emit('viewport', { x, y, zoom: k });
    }, CALM);
    this.memory?.later();
    this.request();
  }

  recolour() {
    this.minimap?.forgetColours();
    this.request();
  }

  watchSize() {
    const size = () => {
      this.stage.remeasure();
      const { width, height } = this.stage.rect;
      this.painter.resize(width, height, devicePixelRatio || 1);
      this.camera.resize(width, height);
      this.stayFitted();
      if (!this.raf) return;
      this.frameNow(); // a resized canvas is blank: fill it before it is seen
    };
    this.sizes = new ResizeObserver(size);
    this.sizes.observe(this.stage.root);
    size();
  }

  destroy() {
    cancelAnimationFrame(this.raf);
    clearTimeout(this.calm);
    this.sizes.disconnect();
    this.gestures.destroy();
    this.menu.destroy();
    this.keyboard.destroy();
    this.theme.destroy();
    this.chooser.close();
    this.memory.destroy();
    this.stage.destroy();
  }
}
