/** Find and replace in all texts of the flow: a preview of each, with a choice, then one batch of changes. */
import { changesFor, compile, textsOf } from './searching.js';
import { make, openDialog } from './dialog.js';

const PATIENCE = 1500;
const MOST = 300;
const AROUND = 48;
const SWITCHES = [['cased', 'Match case'], ['word', 'Whole words'], ['regex', 'Pattern'], ['names', 'Names of nodes too']];

export class Finder {
  /** @param {import('./index.js').Editor} editor */
  constructor(editor) {
    this.editor = editor;
    this.turn = 0;
    this.last = { find: '', replace: '' };
  }

  open() {
    if (this.el) return;
    this.replacing = this.last.replace !== '';
    const el = this.el = openDialog('Find and replace', 'weft-finder', () => this.closed());
    this.find = field('Find', this.last.find, 'find');
    this.replace = field('Replace with', this.last.replace, 'replace');
    this.switches = Object.fromEntries(SWITCHES.map(([name, label]) => [name, tick(label, name)]));
    const row = make('div', 'weft-finder-switches');
    row.append(...Object.values(this.switches).map((input) => input.parentElement));
    this.list = make('div', 'weft-finder-list');
    this.list.setAttribute('role', 'list');
    this.list.setAttribute('aria-label', 'What is found');
    this.said = make('p', 'weft-finder-said');
    this.said.setAttribute('role', 'status');
    this.button = make('button', 'weft-primary', 'Replace');
    this.button.type = 'button';
    this.button.dataset.do = 'replace';
    const foot = make('div', 'weft-dialog-foot');
    foot.append(this.said, this.button);
    const form = make('div', 'weft-finder-fields');
    form.append(this.find.parentElement, this.replace.parentElement);
    el.append(make('h2', '', 'Find and replace'), form, row, this.list, foot);
    for (const input of [this.find, this.replace, ...Object.values(this.switches)]) input.addEventListener('input', () => this.look());
    this.replace.addEventListener('focus', () => this.begin());
    this.list.addEventListener('change', () => this.count());
    this.list.addEventListener('click', (event) => this.go(event));
    this.button.addEventListener('click', () => this.apply());
    el.addEventListener('keydown', (event) => { if (event.key === 'Enter' && event.target.matches('input[type=text]')) { event.preventDefault(); this.entered(event.target); } });
    el.showModal();
    this.find.focus();
    this.find.select();
    this.look();
  }

  /** Something is to be put there: from now on it is shown what becomes of each text. */
  begin() {
    if (this.replacing) return;
    this.replacing = true;
    if (this.worker) return; // what it finds is shown so
    const off = [...this.list.querySelectorAll('input')].map((box) => !box.checked);
    this.show(this.shown);
    this.list.querySelectorAll('input').forEach((box, i) => { box.checked = !off[i]; });
    this.count();
  }

  /** Enter in what to find goes on to what to put there: nothing is replaced by nothing unasked. */
  entered(field) {
    if (field === this.find) { this.replace.focus(); this.replace.select(); } else this.apply();
  }

  closed() {
    this.last = { find: this.find.value, replace: this.replace.value };
    this.stop();
    this.el = null;
  }

  get how() { return Object.fromEntries(Object.entries(this.switches).map(([name, input]) => [name, input.checked])); }

  /** Look anew; what was asked before is let go of. */
  look() {
    this.stop();
    this.shown = [];
    this.list.replaceChildren();
    const query = this.find.value;
    if (!query) { this.say('Looks in every text of the flow: prompts, names, descriptions, notes.'); return; }
    let pattern;
    try {
      pattern = compile(query, this.how);
    } catch (error) {
      this.say(error.message, true);
      return;
    }
    const { scene } = this.editor;
    this.texts = textsOf(scene.flow, (id) => scene.nameOf(id), this.how.names);
    this.ask({ texts: this.texts.map((one) => one.text), pattern, replacement: this.replace.value, regex: this.how.regex });
  }

  ask(question) {
    const turn = ++this.turn;
    this.say('Looking…');
    const worker = this.worker = new Worker(new URL('./search_worker.js', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }) => { if (data.turn === this.turn) { this.stop(); this.show(data.found); } };
    worker.onerror = () => { this.stop(); this.say('The texts could not be searched. Try again.', true); };
    worker.postMessage({ turn, ...question });
    this.timer = setTimeout(() => {
      this.stop();
      this.say('This pattern takes too long on these texts: make it simpler.', true);
    }, PATIENCE);
  }

  stop() {
    clearTimeout(this.timer);
    this.worker?.terminate();
    this.worker = null;
  }

  show(found) {
    this.shown = found.map((one) => ({ ...this.texts[one.at], ...one }));
    this.list.replaceChildren(...this.shown.slice(0, MOST).map((one, i) => entry(one, i, this.replacing)));
    this.count();
  }

  chosen() {
    const boxes = [...this.list.querySelectorAll('input')];
    return this.shown.filter((_, i) => !boxes[i] || boxes[i].checked);
  }

  count() {
    const all = this.shown.reduce((sum, one) => sum + one.hits.length, 0);
    const chosen = this.chosen();
    const texts = `${this.shown.length} ${this.shown.length === 1 ? 'text' : 'texts'}`;
    this.say(all ? `${all} found in ${texts}${chosen.length < this.shown.length ? `, ${chosen.length} chosen` : ''}.` : 'Not found in any text of the flow.');
    this.button.disabled = !chosen.length;
  }

  say(text, wrong = false) {
    this.said.textContent = text;
    this.said.classList.toggle('weft-wrong', wrong);
    this.button.disabled = true;
  }

  /** To the node it stands in. */
  go(event) {
    const at = event.target.closest('button')?.dataset.at;
    const place = at === undefined ? null : this.shown[Number(at)].place;
    if (!place) return;
    this.el.close();
    if (place.node) this.editor.reveal(place.node);
    else if (place.kind === 'note' || place.kind === 'frame') this.editor.walkTo(`${place.kind}:${place.id}`);
  }

  apply() {
    if (!this.replacing) { this.replace.focus(); return; } // not by nothing, unasked
    const chosen = (this.shown ?? []).filter((one) => this.chosen().includes(one) && one.after !== one.text);
    if (!chosen.length) return;
    const { editor } = this;
    const hits = chosen.reduce((sum, one) => sum + one.hits.length, 0);
    let changes;
    try {
      changes = changesFor(editor.scene.flow, chosen);
    } catch (error) {
      this.say(error.message, true);
      return;
    }
    const label = `Replace ${this.find.value.slice(0, 40)}`;
    if (!editor.submit(changes, label)) return;
    editor.announce(`Replaced ${hits} in ${chosen.length} ${chosen.length === 1 ? 'text' : 'texts'}.`);
    this.find.focus(); // the button may have nothing more to do, and would drop the focus
    this.look();
  }

  destroy() {
    this.stop();
    this.el?.close();
  }
}

function field(label, value, name) {
  const el = make('label', '', label), input = make('input');
  input.type = 'text';
  input.value = value;
  input.name = name;
  input.spellcheck = false;
  el.append(input);
  return input;
}

function tick(label, name) {
  const el = make('label'), input = make('input');
  input.type = 'checkbox';
  input.name = name;
  el.append(input, label);
  return input;
}

/** A part of a text; that it goes on is seen. */
const cut = (text, from, to) => `${text.slice(from, to)}${to < text.length ? '…' : ''}`;

/** A text that is found: with a tick, the words around, and what becomes of them. */
function entry(one, i, replacing) {
  const row = make('div', 'weft-finder-row'), box = make('input'), go = make('button', '', one.label);
  row.setAttribute('role', 'listitem');
  box.type = 'checkbox';
  box.checked = true;
  box.setAttribute('aria-label', `Replace in ${one.label}`);
  go.type = 'button';
  go.dataset.at = String(i);
  const [start, end] = one.hits[0];
  const before = make('div', 'weft-before');
  const from = Math.max(0, start - AROUND);
  before.append(`${from ? '…' : ''}${one.text.slice(from, start)}`, make('mark', '', one.text.slice(start, end)), cut(one.text, end, end + AROUND));
  if (one.hits.length > 1) before.append(make('em', '', ` and ${one.hits.length - 1} more`));
  const words = make('div', 'weft-found');
  words.append(go, before);
  if (replacing && one.after !== one.text) words.append(make('div', 'weft-after', one.after.trim() ? `${from ? '…' : ''}${cut(one.after, from, from + 3 * AROUND)}` : '(nothing left)'));
  row.append(box, words);
  return row;
}
