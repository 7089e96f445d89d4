/** Actions on two versions of the flow that are drawn together. */
const ask = (name) => (editor) => editor.emit('command', { name });
const on = (editor) => (editor.past.compares ? '' : 'Compare two versions first: press V.');

const group = 'Comparing';

export const COMPARING = [
  { id: 'compare', group, words: 'Compare two versions on the canvas', keys: ['V'], more: 'diff revisions changes git commit history', act: ask('compare') },
  { id: 'change-next', group, words: 'Next change', keys: ['J'], when: on, act: ask('change-next') },
  { id: 'change-previous', group, words: 'Previous change', keys: ['Shift+J'], when: on, act: ask('change-previous') },
  { id: 'compare-swap', group, words: 'Swap the two versions', more: 'compare from the other side', when: on, act: ask('compare-swap') },
  { id: 'compare-end', group, words: 'End comparing', shown: 'Esc', when: on, act: ask('compare-end') },
];
