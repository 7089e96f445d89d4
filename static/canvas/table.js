/**
 * Everything a person can do in the editor, once: what it is called, its keys, whether it is possible now and why
 * not, and what it does. The keyboard, the menus, the command palette and the sheet of shortcuts all read this.
 *
 * @typedef {import('./index.js').Editor} Editor
 * @typedef {{id: string, group: string, words: string, keys: string[], shown: string, more: string,
 *   everywhere: boolean, quiet: boolean, listed: boolean, when: (editor: Editor) => string,
 *   act: (editor: Editor, event?: KeyboardEvent) => any}} Action
 *   `when` gives '' or the reason why not; an `act` that gives false leaves its key to the browser; `everywhere` are
 *   the keys that act from outside the canvas too; `quiet` ones say nothing when they are not possible; those that
 *   are not `listed` are only for keys; `shown` are the keys as the sheet shows them; `more` are other words to find
 *   it by
 */
import { COMPARING } from './table_comparing.js';
import { DRAWING } from './table_drawing.js';
import { EDITING } from './table_editing.js';
import { LOOKING } from './table_looking.js';
import { guarded } from './table_changes.js';
import { keyShown } from './keys.js';
import { FLOW } from './table_flow.js';
import { PAGE } from './table_page.js';

/** @type {Action[]} */
export const ACTIONS = [...FLOW, ...EDITING, ...DRAWING, ...LOOKING, ...COMPARING, ...PAGE].map(whole);
/** @type {Map<string, Action>} */
export const BY_ID = new Map(ACTIONS.map((action) => [action.id, action]));
/** @type {Map<string, Action>} */
export const BY_KEY = new Map(ACTIONS.flatMap((action) => action.keys.map((key) => [key, action])));

function whole(action) {
  const { keys = [] } = action;
  return guarded({
    more: '', everywhere: false, quiet: false, listed: true, when: () => '',
    shown: keys.length ? keyShown(keys[0]) : '', ...action, keys,
  });
}

/** What a right click offers, by what is under it. `null` is a line. */
export const MENUS = {
  node: [
    'answer', 'run-from', 'run-until', 'run-only', null,
    'pin', 'unpin', 'edit-output', 'step', null,
    'open', 'inside', 'connect', 'toggle-disabled', null,
    'collapse', 'inline', null,
    'copy', 'cut', 'duplicate', 'delete',
  ],
  many: [
    'align-left', 'align-centre', 'align-right', 'align-top', 'align-middle', 'align-bottom',
    'distribute-across', 'distribute-down', null,
    'collapse', 'frame', 'toggle-disabled', 'arrange-selection', null,
    'copy', 'cut', 'duplicate', 'delete',
  ],
  face: ['open', 'connect', 'select-downstream', 'select-upstream'],
  edge: ['insert', 'reconnect', 'edge-earlier', 'edge-later', null, 'delete'],
  drawn: ['edit-text', 'colour', null, 'copy', 'cut', 'duplicate', 'delete'],
  empty: ['add', 'paste', 'note', 'frame', null, 'select-all', 'fit', 'arrange', null, 'find', 'changes', 'commands', 'help'],
};

/** These are left out of a menu where they are not possible; the others stay, and say why. */
export const ONLY_WHERE = new Set(['answer', 'pin', 'unpin', 'edit-output', 'step', 'inside', 'inline', 'edge-earlier', 'edge-later']);

/** Do it, unless it is not possible: then the person is told why. @param {Editor} editor @param {string} id */
export function perform(editor, id, event) {
  const action = BY_ID.get(id);
  const why = action.when(editor);
  if (!why) return action.act(editor, event);
  if (!action.quiet) editor.refuse(why, event ? null : undefined);
  return !action.quiet;
}
