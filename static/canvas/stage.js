/**
 * The elements of the canvas, made once: the 2D layer, the world that holds the cards, and what floats above both.
 * @typedef {import('./geometry.js').Point} Point
 */
import { pathData } from './geometry.js';

const LINGER = 4000;

export class Stage {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    root.classList.add('weft-canvas');
    root.tabIndex = 0;
    root.setAttribute('role', 'application');
    root.setAttribute('aria-label', 'Flow canvas');
    root.setAttribute('aria-roledescription', 'canvas');
    root.innerHTML = `
      <canvas class="weft-layer" aria-hidden="true"></canvas>
      <div class="weft-world"></div>
      <svg class="weft-over" aria-hidden="true"><path class="weft-guides"></path><path class="weft-wire"></path><circle class="weft-snap" r="11"></circle></svg>
      <div class="weft-marquee" hidden></div>
      <div class="weft-hint" hidden><b>An empty flow</b>
        <span>Drag a component here from the palette, or double-click to choose one.<br>Paste a text to make a prompt of it.</span>
        <span><span><kbd>Tab</kbd> adds a component</span> &nbsp; <span><kbd>Ctrl K</kbd> does anything</span> &nbsp; <span><kbd>?</kbd> shows the keys</span></span></div>
      <div class="weft-minimap" aria-hidden="true" hidden><canvas></canvas><i></i></div>
      <div class="weft-tip" role="tooltip" hidden></div>
      <div class="weft-live" aria-live="polite" role="status"></div>`;
    const find = (name) => root.querySelector(`.weft-${name}`);
    /** @type {HTMLCanvasElement} */
    this.layer = find('layer');
    /** @type {HTMLElement} */
    this.world = find('world');
    this.wire = find('wire');
    this.guides = find('guides');
    this.snap = find('snap');
    this.marquee = find('marquee');
    this.hint = find('hint');
    this.minimap = find('minimap');
    this.tipBox = find('tip');
    this.live = find('live');
    this.rect = root.getBoundingClientRect();
    this.holding = 0;
  }

  /** Where the canvas is on the page: read when an event begins, never while drawing. */
  remeasure() { this.rect = this.root.getBoundingClientRect(); }

  /** @param {{clientX: number, clientY: number}} event @returns {Point} relative to the canvas */
  at(event) { return { x: event.clientX - this.rect.left, y: event.clientY - this.rect.top }; }

  /** The focus is shown to who works with keys; a pointer shows itself where it is. */
  showFocus(on) { this.root.classList.toggle('weft-keys', on); }

  /** The loose edge, in screen coordinates; null takes it away. */
  drawWire(curve, state = '', snap = null) {
    this.wire.setAttribute('d', curve ? pathData(curve) : '');
    this.wire.setAttribute('class', `weft-wire ${state && `weft-wire-${state}`}`);
    this.snap.style.display = snap ? 'block' : 'none';
    if (snap) {
      this.snap.setAttribute('cx', String(snap.x));
      this.snap.setAttribute('cy', String(snap.y));
    }
  }

  /** @param {[Point, Point][]} lines in screen coordinates */
  drawGuides(lines) {
    const data = lines.map(([a, b]) => `M${a.x} ${a.y}L${b.x} ${b.y}`).join('');
    if (this.guides.getAttribute('d') !== data) this.guides.setAttribute('d', data);
  }

  /** @param {import('./geometry.js').Rect|null} r in screen coordinates */
  drawMarquee(r) {
    this.marquee.hidden = !r;
    if (!r) return;
    Object.assign(this.marquee.style, {
      transform: `translate(${r.x0}px, ${r.y0}px)`, width: `${r.x1 - r.x0}px`, height: `${r.y1 - r.y0}px`,
    });
  }

  /** A small note beside the pointer. @param {string} text '' hides it @param {Point} [at] */
  tip(text, at, kind = '') {
    if (this.holding && !text) return;
    clearTimeout(this.holding);
    this.holding = 0;
    this.tipBox.hidden = !text;
    if (!text) return;
    if (this.tipBox.textContent !== text) this.tipBox.textContent = text;
    this.tipBox.className = `weft-tip ${kind && `weft-tip-${kind}`}`;
    const right = at.x > this.rect.width - 280, low = at.y > this.rect.height - 110;
    Object.assign(this.tipBox.style, {
      left: right ? 'auto' : `${at.x + 16}px`, right: right ? `${this.rect.width - at.x + 12}px` : 'auto',
      top: low ? 'auto' : `${at.y + 18}px`, bottom: low ? `${this.rect.height - at.y + 12}px` : 'auto',
    });
  }

  /** The note stays for a few seconds, whatever the pointer does. */
  holdTip() {
    clearTimeout(this.holding);
    this.holding = setTimeout(() => { this.holding = 0; this.tip(''); }, LINGER);
  }

  /** Whatever note there is goes away. */
  dropTip() {
    clearTimeout(this.holding);
    this.holding = 0;
    this.tip('');
  }

  /** Said to whoever listens instead of looking. The same sentence twice is said twice. */
  announce(text) {
    this.live.textContent = this.live.textContent === text ? `${text}\u00a0` : text;
  }

  destroy() {
    clearTimeout(this.holding);
    this.root.replaceChildren();
    this.root.classList.remove('weft-canvas', 'weft-keys');
  }
}
