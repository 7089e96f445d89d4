/** What the elements of the dock share: asking the server for a page, long lists of few elements, words for time. */
export { asking } from './asking.js';
export { ago, clock, duration, money, short } from './words.js';
export { markdown } from './markdown.js';
export { menuing } from './menuing.js';
export { Presses } from './presses.js';
export { Prose } from './spans.js';
export { PAGE, textView } from './text_view.js';
export { ROW, tableView } from './table_view.js';
export { LINE, treeView } from './tree_view.js';
export { taking } from './taking.js';
export { Window } from './window.js';
