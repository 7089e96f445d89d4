/** The sheet of shortcuts: the table of actions, by group. */
import { ACTIONS } from './table.js';
import { make, openDialog } from './dialog.js';

export class Sheet {
  open() {
    if (this.el) return;
    const el = this.el = openDialog('Shortcuts', 'weft-sheet', () => { this.el = null; });
    const head = make('div', 'weft-dialog-head');
    const close = make('button', 'weft-close', '×');
    close.type = 'button';
    close.setAttribute('aria-label', 'Close');
    close.addEventListener('click', () => el.close());
    head.append(make('h2', '', 'Shortcuts'), close);
    const groups = make('div', 'weft-sheet-groups');
    for (const [name, actions] of byGroup()) groups.append(section(name, actions));
    el.append(head, groups);
    el.showModal();
  }

  destroy() { this.el?.close(); }
}

function byGroup() {
  const groups = new Map();
  const taken = new Set();
  for (const action of ACTIONS) {
    if (!action.shown || taken.has(action.shown + action.group)) continue; // one key, one line: the first says all it does
    taken.add(action.shown + action.group);
    if (!groups.has(action.group)) groups.set(action.group, []);
    groups.get(action.group).push(action);
  }
  return groups;
}

function section(name, actions) {
  const el = make('section');
  el.append(make('h3', '', name));
  for (const action of actions) {
    const row = make('div', 'weft-sheet-row');
    row.append(make('span', '', action.words.replace(/…$/, '')), make('kbd', '', action.shown));
    el.append(row);
  }
  return el;
}
