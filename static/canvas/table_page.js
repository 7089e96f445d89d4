/** Actions that go somewhere on the page around the canvas, or back to it. */
const NO_PAGE = 'There is nothing of the kind on this page.';
const field = (name) => document.querySelector(`[data-field="${name}"] .w-input`);
const focus = (name) => () => { field(name).focus(); field(name).select?.(); };
const there = (name) => () => (field(name) ? '' : NO_PAGE);

const group = 'Page';

export const PAGE = [
  { id: 'to-canvas', group, words: 'Go to the canvas', keys: ['Alt+C'], everywhere: true, more: 'focus back leave form', act: (editor) => editor.command('focus') },
  { id: 'name-flow', group, words: 'Name the flow…', more: 'rename title', when: there('flow-name'), act: focus('flow-name') },
  { id: 'choose-model', group, words: 'Choose the model of the runs…', more: 'provider', when: there('model'), act: focus('model') },
  { id: 'waiting', group, words: 'All that waits for somebody', more: 'approvals questions runs', when: (editor) => (editor.flowsUrl ? '' : NO_PAGE), act: () => { location.href = '/waiting'; } },
];
