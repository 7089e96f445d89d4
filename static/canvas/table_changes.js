/** The actions that change the flow or run it: not possible where a workspace is open to be looked at only. */
export const ONLY = 'This workspace is open to be looked at only.';

export const CHANGES = new Set([
  'run', 'run-fresh', 'run-from', 'run-until', 'run-only', 'save', 'undo', 'redo', 'make-test', 'chat', 'components',
  'add', 'toggle-disabled', 'toggle-pin', 'pin', 'unpin', 'edit-output', 'answer', 'cut', 'paste', 'duplicate', 'delete',
  'collapse', 'inline', 'connect', 'insert', 'reconnect', 'edge-earlier', 'edge-later', 'nudge', 'arrange', 'arrange-selection',
  'align-left', 'align-centre', 'align-right', 'align-top', 'align-middle', 'align-bottom', 'distribute-across', 'distribute-down',
  'note', 'frame', 'edit-text', 'colour', 'resize', 'name-flow', 'choose-model',
]);

/** The action, possible only where something can be changed. */
export function guarded(action) {
  if (!CHANGES.has(action.id)) return action;
  return { ...action, when: (editor) => (editor.only ? ONLY : action.when(editor)) };
}
