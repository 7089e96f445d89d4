/** Actions on what is only drawn: notes and frames. */
const drawn = (editor) => (editor.drawnChosen().length ? '' : 'Select a note or a frame first.');
const group = 'Notes and frames';
const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export const DRAWING = [
  { id: 'note', group, words: 'Add a note', keys: ['T'], more: 'sticky comment text', act: (editor) => editor.sketch.addNote() },
  { id: 'frame', group, words: 'Add a frame, around the selection', keys: ['Shift+T'], more: 'group box title', act: (editor) => editor.sketch.addFrame() },
  { id: 'edit-text', group, words: 'Edit its text', keys: ['F2'], more: 'rename note frame title', quiet: true, when: drawn, act: (editor) => editor.sketch.edit(editor.drawnChosen()[0]) },
  { id: 'colour', group, words: 'Next colour', keys: ['K'], more: 'color paint', quiet: true, when: drawn, act: (editor) => editor.sketch.recolour() },
  { id: 'resize', group, words: 'Size of a note or frame', keys: Object.keys(arrows).map((key) => `Ctrl+${key}`), shown: 'Ctrl ← ↑ → ↓', listed: false, quiet: true,
    when: drawn, act: (editor, event) => editor.sketch.grow(...arrows[event.key]) },
];
