/**
 * The DOM cards above the 2D layer: only for nodes in view, at most a few hundred, taken from a pool. A card's
 * place and size come from the model; writing one never asks the page for a size.
 *
 * @typedef {import('./geometry.js').Box} Box
 * @typedef {import('./rows.js').Row} Row
 * @typedef {{el: HTMLElement, id: string, parts: Record<string, HTMLElement>, rows: HTMLElement[]}} Card
 */
import { CARD_ZOOM } from './geometry.js';
import { isFace } from './refs.js';
import { boxText, pillWord, previewOf, statusOf, tone } from './status.js';
import { share } from './nested.js';
import { passedBy } from './taken.js';
import { portToken, squareColour } from './theme.js';

const MOST_CARDS = 250;
const POOL = 120;

const template = document.createElement('template');
template.innerHTML = `
<div class="weft-card" role="group" tabindex="-1">
  <div class="weft-head"><i class="weft-square"></i><b class="weft-title"></b>
    <button class="weft-more" type="button" tabindex="-1" data-act="ports"></button>
    <span class="weft-pill"></span></div>
  <div class="weft-rows"></div>
  <div class="weft-text"><div class="weft-said"></div><div class="weft-note"></div><i class="weft-bar" hidden></i></div>
  <button class="weft-answer" type="button" tabindex="-1" data-act="answer" hidden>Answer…</button>
  <span class="weft-badge" data-act="problems" hidden></span>
</div>`;
const rowTemplate = document.createElement('template');
rowTemplate.innerHTML = '<div class="weft-row"><i class="weft-dot"></i><span></span><em></em></div>';

export class Cards {
  /** @param {HTMLElement} world @param {import('./scene.js').Scene} scene */
  constructor(world, scene) {
    this.world = world;
    this.scene = scene;
    /** @type {Map<string, Card>} */
    this.shown = new Map();
    /** @type {Card[]} */
    this.pool = [];
    /** Says how a port looks while an edge is being drawn. @type {null | ((box: Box, row: Row) => string)} */
    this.portState = null;
  }

  has(id) { return this.shown.has(id); }

  /** The element of a node that has a card now. */
  element(id) { return this.shown.get(id)?.el ?? null; }

  /**
   * Mount what is in view, unmount what is not, write what is stale.
   * @param {import('./geometry.js').Rect} area @param {number} k
   * @param {Set<string>} kept ids that stay mounted wherever they are: focused, dragged
   * @param {Set<string>} selection
   */
  sync(area, k, kept, selection) {
    const wanted = new Set();
    if (k >= CARD_ZOOM) {
      for (const box of this.scene.nodeGrid.query(area)) {
        if (wanted.size >= MOST_CARDS) break;
        wanted.add(box.id);
      }
    }
    for (const id of kept) if (this.scene.boxes.has(id)) wanted.add(id);
    for (const [id, card] of this.shown) if (!wanted.has(id)) this.unmount(id, card);
    for (const id of wanted) {
      const card = this.shown.get(id);
      if (!card) this.mount(id, selection);
      else if (this.scene.stale.has(id)) this.write(card, selection);
      else if (this.scene.moved.has(id)) this.put(card, this.scene.boxes.get(id));
    }
    this.scene.stale.clear();
    this.scene.moved.clear();
  }

  /** Write every card again: selection or the state of ports has changed. */
  refresh(selection) {
    for (const card of this.shown.values()) this.write(card, selection);
  }

  mount(id, selection) {
    const card = this.pool.pop() ?? makeCard();
    card.id = id;
    card.el.dataset.node = id;
    card.el.hidden = false;
    this.shown.set(id, card);
    this.write(card, selection);
    if (!card.el.parentNode) this.world.append(card.el);
  }

  unmount(id, card) {
    this.shown.delete(id);
    if (this.pool.length < POOL) {
      card.el.hidden = true;
      this.pool.push(card);
    } else {
      card.el.remove();
    }
  }

  /** @param {Card} card */
  write(card, selection) {
    const box = this.scene.boxes.get(card.id);
    this.put(card, box);
    card.el.ariaDisabled = this.scene.flow.nodes?.[card.id]?.options?.disabled ? 'true' : null;
    if (isFace(card.id)) this.writeFace(card, box, selection);
    else this.writeNode(card, box, selection);
    this.writeRows(card, box);
  }

  put(card, box) {
    const style = card.el.style;
    style.transform = `translate(${box.x}px, ${box.y}px)`;
    style.width = `${box.w}px`;
    style.height = `${box.h}px`;
    style.zIndex = box.z;
  }

  writeNode(card, box, selection) {
    const { scene } = this, { parts } = card;
    const node = scene.flow.nodes[card.id];
    const step = scene.steps.get(card.id);
    const problems = scene.problems.get(card.id) ?? [];
    const kind = scene.components[node.component];
    const status = statusOf(step);
    const missing = !kind && !scene.ports[card.id] && Object.keys(scene.components).length > 0;
    const off = node.options?.disabled;
    const pinned = scene.marks.pinned.has(card.id);
    const idle = off ? 'off' : pinned ? 'pinned' : 'idle';
    const pill = missing ? 'missing' : status === 'idle' ? idle : pillWord(status);
    setClass(card.el, [
      'weft-card', `weft-is-${missing ? 'missing' : tone(status)}`, status === 'running' && 'weft-running',
      selection.has(card.id) && 'weft-selected', off && 'weft-off',
      pinned && 'weft-pinned', scene.marks.critical.has(card.id) && 'weft-critical',
      scene.marks.differs.has(card.id) && 'weft-differs', scene.marks.fresh.has(card.id) && 'weft-fresh',
      scene.reviewed.classes(card.id),
    ]);
    setDiff(card.el, scene.reviewed.labels.get(card.id));
    setText(parts.title, scene.nameOf(card.id));
    parts.title.title = `${scene.nameOf(card.id)} · ${kind?.title || node.component}${kind?.help ? `\n${kind.help}` : ''}`;
    setText(parts.pill, pill);
    setStyle(parts.square, '--square', missing ? 'var(--w-muted)' : squareColour(kind?.color));
    this.writeMore(card, box);
    const said = missing ? { text: `There is no component ${node.component} here.`, kind: 'note', note: '' } : boxText(step, previewOf(node, scene.ports[card.id]));
    setClass(parts.text, ['weft-text', `weft-text-${said.kind}`]);
    setText(parts.said, said.text);
    setText(parts.note, said.note);
    parts.note.title = step?.cached && step.from ? `The value of run ${step.from}` : said.note;
    this.writeDoing(card, step, said.kind);
    this.writeBadge(card, problems);
    card.el.setAttribute('aria-label', spoken(scene.nameOf(card.id), [pill, scene.reviewed.words.get(card.id)].filter(Boolean).join(', '), said, problems));
  }

  /** How far it is, and the way to a question that it or a step inside it asks. */
  writeDoing(card, step, kind) {
    const { bar, answer } = card.parts;
    const part = kind === 'progress' ? share(step) : null;
    bar.hidden = part === null;
    if (part !== null) setStyle(bar, '--part', String(part));
    answer.hidden = !step?.asks;
  }

  writeMore(card, box) {
    const { more } = card.parts;
    const open = this.scene.open.has(card.id);
    more.hidden = !open && !box.hidden;
    if (more.hidden) return;
    setText(more, open ? '−' : `+${box.hidden}`);
    const what = open ? 'Show fewer ports' : `Show ${box.hidden} more ${box.hidden === 1 ? 'port' : 'ports'}`;
    more.title = what;
    more.setAttribute('aria-label', what);
  }

  writeBadge(card, problems) {
    const { badge } = card.parts;
    badge.hidden = !problems.length;
    if (!problems.length) return;
    const errors = problems.filter((p) => p.severity !== 'warning').length;
    setClass(badge, ['weft-badge', errors ? 'weft-badge-error' : 'weft-badge-warn']);
    setText(badge, problems.length > 1 ? String(problems.length) : '!');
  }

  writeFace(card, box, selection) {
    const { scene } = this, { parts } = card;
    setClass(card.el, ['weft-card', 'weft-face', selection.has(card.id) && 'weft-selected', scene.reviewed.classes(card.id)]);
    setDiff(card.el, scene.reviewed.labels.get(card.id));
    setText(parts.title, scene.nameOf(card.id));
    parts.title.title = card.id === 'inputs' ? 'What a run is given' : 'What a run gives back';
    parts.badge.hidden = parts.answer.hidden = true;
    parts.more.hidden = true;
    const names = box.rows.filter((r) => !r.free).map((r) => r.port);
    const diff = scene.reviewed.words.get(card.id);
    card.el.setAttribute('aria-label', `${scene.nameOf(card.id)}: ${names.join(', ') || 'none'}${diff ? `, ${diff}` : ''}`);
  }

  writeRows(card, box) {
    const { rows: holder } = card.parts;
    while (card.rows.length > box.rows.length) card.rows.pop().remove();
    while (card.rows.length < box.rows.length) {
      const el = /** @type {HTMLElement} */ (rowTemplate.content.firstElementChild.cloneNode(true));
      card.rows.push(el);
      holder.append(el);
    }
    const face = box.kind !== 'node';
    const step = this.scene.steps.get(card.id);
    box.rows.forEach((row, i) => {
      const el = card.rows[i];
      const [dot, label, extra] = el.children;
      const state = this.portState?.(box, row) ?? '';
      setClass(el, ['weft-row', `weft-${row.side}`, row.free && 'weft-free', row.unknown && 'weft-unknown',
        row.side === 'out' && !face && passedBy(step, row.port) && 'weft-passed', state && `weft-port-${state}`]);
      setText(label, row.label);
      setText(extra, face && !row.free ? row.type : row.many && !row.free ? String(row.slot + 1) : row.many ? '+' : '');
      setStyle(dot, '--dot', `var(--w-${portToken(row.type)})`);
      el.title = row.free && face ? 'Drag an edge here' : [row.type, row.help].filter(Boolean).join(': ');
    });
  }
}

function makeCard() {
  const el = /** @type {HTMLElement} */ (template.content.firstElementChild.cloneNode(true));
  const part = (name) => el.querySelector(`.weft-${name}`);
  const names = ['square', 'title', 'more', 'pill', 'rows', 'text', 'said', 'note', 'badge', 'bar', 'answer'];
  const parts = Object.fromEntries(names.map((name) => [name, part(name)]));
  return { el, id: '', parts, rows: [] };
}

function spoken(name, pill, said, problems) {
  const parts = [`${name}, ${pill}`];
  if (said.kind === 'error' || said.kind === 'note') parts.push(said.text);
  if (said.note) parts.push(said.note);
  if (problems.length) parts.push(...problems.map((p) => p.message));
  return parts.join('. ');
}

// The page is written only where it differs: comparing a string is far cheaper than a style recalculation.
function setText(el, text) { if (el.textContent !== text) el.textContent = text; }
function setClass(el, names) {
  const value = names.filter(Boolean).join(' ');
  if (el.className !== value) el.className = value;
}
/** What differs, as reviewed.css writes it at the card. */
export function setDiff(el, text = '') {
  if ((el.dataset.diff ?? '') === text) return;
  if (text) el.dataset.diff = text; else delete el.dataset.diff;
}
function setStyle(el, name, value) {
  if (el.style.getPropertyValue(name) !== value) el.style.setProperty(name, value);
}

