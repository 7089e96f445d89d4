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
import { Compared } from './compared.js';
import { CommandPalette } from './palette.js';
import { DrawnView } from './drawn_view.js';
import { documentAt } from './fetching.js';
import { Arrangement } from './arrangement.js';
import { Finder } from './finder.js';
import { Gestures } from './gestures.js';
import { GhostCards } from './ghosts.js';
import { Glide } from './glide.js';
import { Hover } from './hover.js';
import { Keyboard } from './keyboard.js';
import { Menu } from './menu.js';
import { Memory } from './memory.js';
import { Minimap } from './minimap.js';
import { Painter } from './draw.js';
import { Past } from './past.js';
import { Picture } from './picture.js';
import { Protocol } from './protocol.js';
import { GoneCards } from './reviewed.js';
import { Scene } from './scene.js';
import { Sheet } from './sheet.js';
import { Sketch } from './sketch.js';
import { Stage } from './stage.js';
import { Theme } from './theme.js';
import { loadStyle } from './style.js';
import { BY_ID, perform } from './table.js';
import { statusOf } from './status.js';

const CALM = 140;

/** @param {HTMLElement} element @param {{emit: (name: string, payload: any) => void, snapshotUrl?: string, flowsUrl?: string}} host */
export function createEditor(element, host) {
  return new Editor(element, host);
}

export class Editor extends Picture {
  constructor(element, { emit, snapshotUrl = '', flowsUrl = '', only = false }) {
    super();
    Object.assign(this, { emit, snapshotUrl, flowsUrl, only });
    /** Whether this is the flow inside a node of another. */
    this.inside = /[?&]inside=./.test(snapshotUrl);
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
    this.goneCards = new GoneCards(this.stage.world, this.scene);
    this.drawnView = new DrawnView(this.stage.world, this.scene);
    this.painter = new Painter(this.stage.layer, this.theme);
    this.minimap = new Minimap(this.stage.minimap, this.scene, this.camera, this.theme);
    this.chooser = new Chooser(element);
    this.actions = new Actions(this);
    this.sketch = new Sketch(this);
    this.glider = new Glide(this);
    this.commands = new CommandPalette(this);
    this.finder = new Finder(this);
    this.arrangement = new Arrangement(this);
    this.sheet = new Sheet();
    this.hover = new Hover(this);
    this.gestures = new Gestures(this);
    this.menu = new Menu(this);
    this.keyboard = new Keyboard(this);
    this.past = new Past(this);
    this.compared = new Compared(this);
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
      problems: (list) => this.problems(list),
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
        this.load(await documentAt(this.snapshotUrl));
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
    Object.assign(this.past.ports ?? this.scene.ports, ports);
    this.protocol.load(snapshot);
    this.problems(problems);
    if (was) this.restore(was);
    this.frameNow();
  }

  applied(message) {
    this.protocol.applied(message);
    if (message.ports) this.actions.portsCame(message.ports);
  }

  refused(message) { this.protocol.refused(message); }
  problems(list) { if (!this.past.keepsProblems(list)) this.scene.setProblems(list); }
  runState({ reset = false, nodes = {}, ghosts = null }) {
    const before = new Map(Object.keys(nodes).map((id) => [id, statusOf(this.scene.steps.get(id))]));
    this.scene.setSteps(nodes, reset);
    if (ghosts) this.scene.ghosts.show(ghosts);
    for (const [id, was] of before) this.announceStep(id, was);
  }
  marks(marks) { this.scene.setMarks(marks); }
  review(review) { this.scene.reviewed.show(review); }
  compare(message) { this.compared.show(message); }
  showPast(message) { this.past.show(message); }
  reveal(id, port) {
    this.select([id]);
    this.revealNode(id, port);
  }
  setTheme() { this.theme.read(); }

  /** The server is at this revision, and has told all that led to it: what never arrived, before there was a connection,
   *  is fetched. */
  isAt({ rev }) { if (rev > this.protocol.rev) this.fetchSnapshot(); }

  /** The connection is back: get what was missed, and send again what wasn't answered. */
  reconnected() { return this.fetchSnapshot(); }

  /** What the page asks for: an action of the table, the focus, or a component to be added. */
  command(name, args = {}) {
    if (name === 'focus') this.toCanvas();
    else if (name === 'add' && args.component) this.actions.add(args.component, args.at, args.from, args.edge);
    else if (BY_ID.has(name)) perform(this, name);
  }

  glide(change) { this.glider.run(change); }

  // ---- the document ----

  /** @returns {boolean} whether the batch could be applied here */
  submit(changes, label) { return !this.onlyLooked() && !this.past.refuses() && this.protocol.submit(changes, label); }
  submitBatch({ changes, label }) {
    if (this.submit(changes, label)) this.announce(`${label}.`);
  }

  show(flow, ports = {}) {
    if (this.past.keeps(ports)) return;
    this.scene.show(flow, ports);
    this.dropGone();
    this.stage.hint.hidden = this.scene.boxes.size + this.scene.drawn.items.size > 0;
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
    if (this.glider.tick(now)) this.dirty = true;
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
    this.commands.destroy();
    this.finder.destroy();
    this.arrangement.end();
    this.sheet.destroy();
    this.theme.destroy();
    this.chooser.close();
    this.memory.destroy();
    this.stage.destroy();
  }
}
