/**
 * The command palette (Ctrl+K): every action, every node of the flow, the workspace's flows, the components to add,
 * the tabs of the page. Letters in order are enough; what was used lately comes first; what isn't possible now says
 * why.
 *
 * @typedef {{id: string, words: string, more: string, kind: string, keys: string, why: string, act: () => any}} Entry
 */
import { ACTIONS, perform } from './table.js';
import { make, openDialog } from './dialog.js';
import { ranked } from './fuzzy.js';
import { pointAt } from './pointed.js';

const MOST = 60;
const KEPT = 12;
const UNAVAILABLE = 25;
const KEY = 'weft-recent';

export class CommandPalette {
  /** @param {import('./index.js').Editor} editor */
  constructor(editor) {
    this.editor = editor;
    this.el = null;
    /** @type {{slug: string, name: string}[]} */
    this.flows = [];
  }

  open() {
    if (this.el) return;
    this.entries = this.gather(); // before the focus goes: what is possible depends on it
    this.recent = read();
    const el = this.el = openDialog('Do anything', 'weft-commands', () => this.closed());
    const input = this.input = make('input');
    input.type = 'text';
    for (const [name, value] of Object.entries({
      role: 'combobox', 'aria-expanded': 'true', 'aria-autocomplete': 'list', 'aria-controls': 'weft-commands-list',
      'aria-label': 'Do anything', placeholder: 'Do anything: actions, nodes, flows, components', spellcheck: 'false', autocomplete: 'off',
    })) input.setAttribute(name, value);
    const list = this.list = make('div', 'weft-commands-list');
    list.id = 'weft-commands-list';
    list.setAttribute('role', 'listbox');
    list.setAttribute('aria-label', 'What can be done');
    this.none = make('p', '', 'Nothing is called so.');
    el.append(input, list, this.none);
    input.addEventListener('input', () => this.narrow());
    el.addEventListener('keydown', (event) => this.key(event));
    list.addEventListener('pointerdown', (event) => event.preventDefault());
    list.addEventListener('click', (event) => {
      const at = event.target.closest('[role=option]')?.dataset.at;
      if (at !== undefined) this.take(this.showing[Number(at)]);
    });
    el.showModal();
    this.narrow();
    input.focus();
    this.askFlows();
  }

  /** @returns {Entry[]} */
  gather() {
    const { editor } = this;
    const actions = ACTIONS.filter((action) => action.listed && action.id !== 'commands').map((action) => ({
      id: action.id, words: action.words, more: action.more, kind: action.group, keys: action.shown,
      why: action.when(editor), act: () => perform(editor, action.id),
    }));
    const nodes = editor.scene.walk().map((id) => ({
      id: `node/${id}`, words: editor.scene.nameOf(id), more: id, kind: 'Go to', keys: '', why: '', act: () => editor.reveal(id),
    }));
    const components = Object.entries(editor.scene.components).map(([key, kind]) => ({
      id: `add/${key}`, words: `Add ${kind.title || key}`, more: `${key} ${kind.help ?? ''}`, kind: kind.category || 'Component', keys: '', why: '',
      act: () => editor.actions.add(key, editor.pointedOrMiddle()),
    }));
    return [...actions, ...tabs(), ...nodes, ...this.flowEntries(), ...components];
  }

  flowEntries() {
    return this.flows.filter((flow) => flow.slug !== this.editor.slug).map(({ slug, name }) => ({
      id: `flow/${slug}`, words: name || slug, more: slug, kind: 'Flow', keys: '', why: '',
      act: () => { location.href = `/flows/${encodeURIComponent(slug)}`; },
    }));
  }

  /** The workspace's flows, asked for each time: others may have made one. */
  async askFlows() {
    if (!this.editor.flowsUrl) return;
    const response = await fetch(this.editor.flowsUrl, { headers: { accept: 'application/json' } }).catch(() => null);
    if (!response?.ok) { this.editor.announce('The flows of the workspace could not be listed.'); return; }
    this.flows = (await response.json()).filter((flow) => !flow.error);
    if (!this.el) return;
    const others = this.entries.filter((entry) => !entry.id.startsWith('flow/'));
    this.entries = [...others, ...this.flowEntries()];
    this.narrow(this.current);
  }

  narrow(point = 0) {
    const query = this.input.value;
    const found = ranked(query, this.entries, this.recent);
    if (query.trim()) found.sort((a, b) => worth(b) - worth(a));
    this.showing = found.slice(0, MOST).map(({ entry }) => entry);
    this.list.replaceChildren(...found.slice(0, MOST).map(({ entry, at }, i) => option(entry, at, i)));
    this.none.hidden = found.length > 0;
    this.point(point);
  }

  point(at) {
    this.current = pointAt(this.input, this.list, this.current, at);
  }

  key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (step) this.point(Math.abs(step) === 1 ? this.current + step : Math.max(0, Math.min(this.showing.length - 1, this.current + step)));
    else if (event.key === 'Enter') this.take(this.showing[this.current]);
    else if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)) this.el.close();
    else if (event.key !== 'Tab') return;
    event.preventDefault();
  }

  take(entry) {
    if (!entry) return;
    if (entry.why) {
      this.editor.announce(entry.why);
      return;
    }
    write([entry.id, ...this.recent.filter((id) => id !== entry.id)].slice(0, KEPT));
    this.chosen = entry;
    this.el.close();
  }

  /** The focus is back where it was: only now is it done. */
  closed() {
    const { chosen } = this;
    this.el = this.chosen = null;
    if (!chosen) return;
    if (document.activeElement === document.body) this.editor.stage.root.focus({ preventScroll: true });
    chosen.act();
  }

  destroy() { this.el?.close(); }
}

/** What can't be done now stands behind what is meant about as well, not behind what is hardly meant. */
const worth = ({ score, recent, entry }) => score + Math.min(recent, 5) - (entry.why ? UNAVAILABLE : 0);

function tabs() {
  return [...document.querySelectorAll('.w-tab')].filter((tab) => tab.offsetParent).map((tab) => {
    const name = tab.textContent.replace(/\d+$/, '').trim();
    return { id: `tab/${name}`, words: `Show ${name}`, more: 'tab dock', kind: 'Tab', keys: '', why: '', act: () => tab.click() };
  });
}

function option(entry, at, index) {
  const el = make('div');
  el.setAttribute('role', 'option');
  el.id = `weft-command-${index}`;
  el.dataset.at = String(index);
  const name = make('b');
  const lit = new Set(at);
  for (let i = 0; i < entry.words.length; i++) name.append(lit.has(i) ? make('mark', '', entry.words[i]) : entry.words[i]);
  el.append(name);
  if (entry.why) {
    el.setAttribute('aria-disabled', 'true');
    el.append(make('span', 'weft-why', entry.why));
  } else if (entry.keys) el.append(make('kbd', '', entry.keys));
  el.append(make('em', '', entry.kind));
  return el;
}

function read() {
  try {
    const ids = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [];
  } catch {
    return []; // storage may be switched off, or hold something else: then nothing was used lately
  }
}

function write(ids) {
  try {
    localStorage.setItem(KEY, JSON.stringify(ids));
  } catch {
    /* as above: it is only not remembered */
  }
}
