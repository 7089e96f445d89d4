/** Actions on nodes and edges. */
import { align, distribute } from './aligning.js';
import { isFace } from './refs.js';
import { statusOf } from './status.js';

const SELECT = 'Select a node first.';
const some = (editor) => (editor.chosen().length ? '' : SELECT);
const one = (editor) => (editor.chosen().length === 1 ? '' : editor.chosen().length ? 'Select one node only.' : SELECT);
const atLeast = (count) => (editor) => (editor.movable().length >= count ? '' : `Select at least ${count === 2 ? 'two' : 'three'}.`);
const anything = (editor) => (editor.selection.size || editor.edge || editor.focused() ? '' : 'Select something first.');
const edge = (editor) => (editor.edge ? '' : 'Select an edge first: press E on a node.');
const many = (editor) => edge(editor) || (editor.scene.edges.get(editor.edge)?.many ? '' : 'This port takes a single value: there is no order.');
const ask = (name) => (editor) => editor.ask(name);
const step = (editor) => editor.scene.steps.get(editor.chosen()[0]);
const given = (editor) => one(editor) || (step(editor)?.status === 'succeeded' ? '' : 'It has given nothing yet: run it first.');
const whole = (editor) => (editor.inside ? 'It is part of what the node around gave, and can\'t be edited by itself: pin it, or mock it.' : given(editor));
const pinned = (editor) => editor.scene.marks.pinned.has(editor.chosen()[0]);
const isFlow = (editor) => one(editor) || (editor.flowOf(editor.chosen()[0]) ? '' : 'Only a node that runs a flow has a flow inside.');
const lay = (how) => (editor) => editor.actions.lay(align(editor.rects(), how), `Align ${editor.movable().length} ${how}`);
const spread = (axis) => (editor) => editor.actions.lay(distribute(editor.rects(), axis), `Distribute ${editor.movable().length}`);

const node = { group: 'Nodes' }, arrange = { group: 'Arrange' }, wires = { group: 'Edges' };
const arrows = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'];

export const EDITING = [
  { ...node, id: 'add', words: 'Add a component…', keys: ['Insert'], shown: 'Tab', more: 'new node create', act: (editor) => editor.palette(editor.gestures.last) },
  { ...node, id: 'open', words: 'Open', keys: ['Enter'], quiet: true, more: 'edit inspector params',
    when: (editor) => (editor.edge || editor.focused() ? '' : SELECT), act: (editor) => editor.enter() },
  { ...node, id: 'inside', words: 'Open the flow inside', keys: ['Shift+Enter'], more: 'subtask dive nested', when: isFlow, act: (editor) => editor.ask('inside') },
  { ...node, id: 'more-ports', words: 'All ports', keys: ['P'], quiet: true, when: one, act: (editor) => editor.toggleOpen(editor.chosen()[0]) },
  { ...node, id: 'toggle-disabled', words: 'Disable or enable', keys: ['D'], more: 'switch off mute bypass', when: some, act: (editor) => editor.actions.toggleDisabled() },
  { ...node, id: 'run-from', words: 'Run from here', keys: ['R'], when: some, act: ask('run-from') },
  { ...node, id: 'run-until', words: 'Run until here', keys: ['Shift+R'], when: some, act: ask('run-until') },
  { ...node, id: 'run-only', words: 'Run only this', keys: ['O'], when: some, act: ask('run-only') },
  { ...node, id: 'toggle-pin', words: 'Pin or unpin its output', keys: ['I'], when: some, act: ask('toggle-pin') },
  { ...node, id: 'pin', words: 'Pin its output', shown: 'I', listed: false, when: (editor) => given(editor) || (pinned(editor) ? 'It is pinned.' : ''), act: ask('pin') },
  { ...node, id: 'unpin', words: 'Unpin its output', shown: 'I', listed: false, when: (editor) => one(editor) || (pinned(editor) ? '' : 'It is not pinned.'), act: ask('unpin') },
  { ...node, id: 'edit-output', words: 'Edit its output…', keys: ['Shift+I'], more: 'mock', when: whole, act: ask('edit-output') },
  { ...node, id: 'step', words: 'Show its step', more: 'log output messages', when: (editor) => one(editor) || (statusOf(step(editor)) === 'idle' ? 'It has not run yet.' : ''), act: ask('step') },
  { ...node, id: 'answer', words: 'Answer its question…', keys: ['A'], quiet: true, when: (editor) => one(editor) || (step(editor)?.asks ? '' : 'It asks nothing.'), act: (editor) => editor.answer(editor.chosen()[0]) },
  { ...node, id: 'menu', words: 'Menu', keys: ['M', 'ContextMenu', 'Shift+F10'], listed: false, act: (editor) => editor.menu.openHere() },
  { ...node, id: 'copy', words: 'Copy', shown: 'Ctrl C', when: anything, act: (editor) => editor.actions.toClipboard('copy') },
  { ...node, id: 'cut', words: 'Cut', shown: 'Ctrl X', when: anything, act: (editor) => editor.actions.toClipboard('cut') },
  { ...node, id: 'paste', words: 'Paste', shown: 'Ctrl V', act: (editor) => editor.actions.fromClipboard() },
  { ...node, id: 'duplicate', words: 'Duplicate', keys: ['Ctrl+D'], more: 'clone copy', when: anything, act: (editor) => editor.actions.duplicate() },
  { ...node, id: 'delete', words: 'Delete', keys: ['Delete', 'Backspace'], more: 'remove disconnect', when: anything, act: (editor) => editor.actions.remove() },
  { ...node, id: 'collapse', words: 'Collapse into a subtask', keys: ['Ctrl+G'], more: 'group nest extract', when: some, act: (editor) => editor.emit('command', { name: 'collapse', nodes: editor.chosen() }) },
  { ...node, id: 'inline', words: 'Put its flow in its place', keys: ['Ctrl+Shift+G'], more: 'inline ungroup expand subtask', when: isFlow, act: (editor) => editor.ask('inline') },

  { ...wires, id: 'connect', words: 'Connect…', keys: ['C'], more: 'wire edge', when: (editor) => (editor.connectable() ? '' : 'Go to a node first, then press C to connect it.'), act: (editor) => editor.startConnect() },
  { ...wires, id: 'next-edge', words: 'Next edge of the node', keys: ['E'], quiet: true, act: (editor) => editor.nextEdge(1) },
  { ...wires, id: 'previous-edge', words: 'Previous edge of the node', keys: ['Shift+E'], quiet: true, act: (editor) => editor.nextEdge(-1) },
  { ...wires, id: 'insert', words: 'Insert a component on the edge…', keys: ['N'], shown: 'Enter', listed: true, more: 'between split', quiet: true, when: edge, act: (editor) => editor.insertHere() },
  { ...wires, id: 'reconnect', words: 'Connect the edge elsewhere…', keys: ['Shift+C'], more: 'rewire move end', when: edge, act: (editor) => editor.reconnectHere() },
  { ...wires, id: 'edge-earlier', words: 'Earlier in the list', keys: ['Alt+ArrowUp'], quiet: true, when: many, act: (editor) => editor.actions.shift(-1) },
  { ...wires, id: 'edge-later', words: 'Later in the list', keys: ['Alt+ArrowDown'], quiet: true, when: many, act: (editor) => editor.actions.shift(1) },

  { ...arrange, id: 'nudge', words: 'Move', keys: [...arrows, ...arrows.map((key) => `Shift+${key}`)], shown: 'Arrow keys', listed: false, act: (editor, event) => editor.keyboard.arrow(event) },
  { ...arrange, id: 'arrange', words: 'Arrange the flow', keys: ['L'], more: 'auto layout tidy', act: (editor) => editor.actions.arrange() },
  { ...arrange, id: 'arrange-selection', words: 'Arrange the selection', keys: ['Shift+L'], more: 'auto layout tidy', when: atLeast(2), act: (editor) => editor.actions.arrange(editor.chosen().filter((id) => !isFace(id))) },
  { ...arrange, id: 'align-left', words: 'Align left', keys: ['Alt+Shift+ArrowLeft'], when: atLeast(2), act: lay('left') },
  { ...arrange, id: 'align-centre', words: 'Align centres', keys: ['Alt+Shift+C'], more: 'center horizontally', when: atLeast(2), act: lay('centre') },
  { ...arrange, id: 'align-right', words: 'Align right', keys: ['Alt+Shift+ArrowRight'], when: atLeast(2), act: lay('right') },
  { ...arrange, id: 'align-top', words: 'Align top', keys: ['Alt+Shift+ArrowUp'], when: atLeast(2), act: lay('top') },
  { ...arrange, id: 'align-middle', words: 'Align middles', keys: ['Alt+Shift+M'], more: 'center vertically', when: atLeast(2), act: lay('middle') },
  { ...arrange, id: 'align-bottom', words: 'Align bottom', keys: ['Alt+Shift+ArrowDown'], when: atLeast(2), act: lay('bottom') },
  { ...arrange, id: 'distribute-across', words: 'Distribute across', keys: ['Alt+Shift+X'], more: 'spread horizontally equal gaps', when: atLeast(3), act: spread('x') },
  { ...arrange, id: 'distribute-down', words: 'Distribute down', keys: ['Alt+Shift+Y'], more: 'spread vertically equal gaps', when: atLeast(3), act: spread('y') },
];
