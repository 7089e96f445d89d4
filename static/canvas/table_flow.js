/** Actions about the flow as a whole: running, saving, undoing, finding, the page around the canvas. */
const ask = (name) => (editor) => editor.emit('command', { name });
const press = (selector) => () => document.querySelector(selector)?.click();
const onPage = (selector, why) => () => (document.querySelector(selector) ? '' : why);
const NO_PAGE = 'There is nothing of the kind on this page.';

const group = 'Flow';

export const FLOW = [
  { id: 'commands', group, words: 'Do anything…', keys: ['Ctrl+K'], everywhere: true, more: 'command palette search', act: (editor) => editor.commands.open() },
  { id: 'run', group, words: 'Run', keys: ['Ctrl+Enter'], everywhere: true, more: 'start execute', act: ask('run') },
  { id: 'run-fresh', group, words: 'Run all anew', keys: ['Ctrl+Shift+Enter'], everywhere: true, more: 'fresh without cache', act: ask('run-fresh') },
  { id: 'stop', group, words: 'Stop the run', more: 'cancel', act: ask('stop') },
  { id: 'plan', group, words: 'What would run…', keys: ['W'], more: 'plan dry run cost', act: ask('plan') },
  { id: 'critical-path', group, words: 'Longest way of the last run', keys: ['X'], more: 'critical path slow', act: ask('critical-path') },
  { id: 'save', group, words: 'Save', keys: ['Ctrl+S'], everywhere: true, act: ask('save') },
  { id: 'undo', group, words: 'Undo', keys: ['Ctrl+Z'], act: ask('undo') },
  { id: 'redo', group, words: 'Redo', keys: ['Ctrl+Shift+Z', 'Ctrl+Y'], act: ask('redo') },
  { id: 'find', group, words: 'Find and replace…', keys: ['Ctrl+F', 'Ctrl+H'], everywhere: true, more: 'search text rename', act: (editor) => editor.finder.open() },
  { id: 'changes', group, words: 'What changed…', keys: ['Shift+D'], more: 'diff compare revisions history git versions', act: ask('changes') },
  { id: 'tests', group, words: 'Tests of this flow', more: 'cases expectations cassette', act: ask('tests') },
  { id: 'make-test', group, words: 'Make this run a test', more: 'case cassette record', act: ask('make-test') },
  { id: 'grid', group, words: 'Compare prompts and models…', more: 'grid data set variants evaluate score csv', act: ask('grid') },
  { id: 'help', group, words: 'Shortcuts', keys: ['?'], more: 'help keys keyboard', act: (editor) => editor.sheet.open() },
  { id: 'problems', group, words: 'Show the problems', more: 'errors warnings check', act: ask('problems') },
  { id: 'chat', group, words: 'Talk to the flow', more: 'chat conversation message', act: ask('chat') },
  { id: 'approvals', group, words: 'Show what waits for a person', more: 'approvals questions answer', act: ask('approvals') },
  { id: 'components', group, words: 'Search components in the palette', more: 'library', act: ask('palette') },
  { id: 'theme', group, words: 'Theme: system, light, dark', more: 'dark mode colours', when: onPage('[data-act=theme]', NO_PAGE), act: press('[data-act=theme]') },
  { id: 'pane-left', group, words: 'Show or hide the palette', when: onPage('[data-act=pane-left]', NO_PAGE), act: press('[data-act=pane-left]') },
  { id: 'pane-right', group, words: 'Show or hide the inspector', when: onPage('[data-act=pane-right]', NO_PAGE), act: press('[data-act=pane-right]') },
  { id: 'flows', group, words: 'All flows', more: 'gallery home templates', when: (editor) => (editor.flowsUrl ? '' : NO_PAGE), act: () => { location.href = '/'; } },
  { id: 'settings', group, words: 'Settings', more: 'models keys secrets budgets tokens', when: (editor) => (editor.flowsUrl ? '' : NO_PAGE), act: () => { location.href = '/settings'; } },
  { id: 'leave', group, words: 'Back to the flow around this one', keys: ['Alt+ArrowLeft'], quiet: true, more: 'up outer breadcrumb',
    when: onPage('.w-crumb a', 'This is no flow inside another.'), act: press('.w-crumb a:last-of-type') },
  { id: 'pass-next', group, words: 'The next item or round', keys: [']'], quiet: true, more: 'inside map repeat', when: onPage('[data-act=pass-next]:not([disabled])', 'There is none.'), act: press('[data-act=pass-next]') },
  { id: 'pass-before', group, words: 'The item or round before', keys: ['['], quiet: true, more: 'inside map repeat', when: onPage('[data-act=pass-before]:not([disabled])', 'There is none.'), act: press('[data-act=pass-before]') },
];
