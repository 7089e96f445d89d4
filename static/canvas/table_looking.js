/** Actions that change nothing: the view, and what is selected. */
const view = { group: 'View' }, select = { group: 'Selection' };
const some = (editor) => (editor.chosen().length || editor.selection.size ? '' : 'Select a node first.');

export const LOOKING = [
  { ...view, id: 'fit', words: 'Fit everything', keys: ['F'], more: 'zoom overview', act: (editor) => editor.fit() },
  { ...view, id: 'fit-selection', words: 'Fit the selection', keys: ['Shift+F'], more: 'zoom to', act: (editor) => editor.fitSelection() },
  { ...view, id: 'zoom-in', words: 'Zoom in', keys: ['+', '='], act: (editor) => editor.zoomBy(1.25) },
  { ...view, id: 'zoom-out', words: 'Zoom out', keys: ['-'], act: (editor) => editor.zoomBy(0.8) },
  { ...view, id: 'zoom-100', words: 'Life size', keys: ['0'], more: 'zoom 100%', act: (editor) => editor.zoomTo(1) },

  { ...select, id: 'walk', words: 'Next node', keys: ['Tab', 'Shift+Tab'], listed: false, act: (editor, event) => editor.keyboard.tab(event) },
  { ...select, id: 'first', words: 'First node', keys: ['Home'], act: (editor) => editor.walkTo(editor.scene.walk()[0]) },
  { ...select, id: 'last', words: 'Last node', keys: ['End'], act: (editor) => editor.walkTo(editor.scene.walk().at(-1)) },
  { ...select, id: 'mark', words: 'Mark several', keys: [' ', 'Ctrl+ '], listed: false, act: (editor, event) => editor.keyboard.spaceDown(event) },
  { ...select, id: 'select-area', words: 'Select an area', shown: 'Shift drag', listed: false, act: () => {} },
  { ...select, id: 'select-all', words: 'Select all', keys: ['Ctrl+A'], act: (editor) => editor.selectAll() },
  { ...select, id: 'select-none', words: 'Select nothing', keys: ['Escape'], act: (editor) => editor.keyboard.escape() },
  { ...select, id: 'select-inverse', words: 'Select the others', keys: ['Shift+A'], more: 'invert', act: (editor) => editor.selectInverse() },
  { ...select, id: 'select-upstream', words: 'Select what it depends on', keys: ['U'], more: 'upstream before ancestors', when: some, act: (editor) => editor.selectAlong('up') },
  { ...select, id: 'select-downstream', words: 'Select what depends on it', keys: ['Shift+U'], more: 'downstream after descendants', when: some, act: (editor) => editor.selectAlong('down') },
];
