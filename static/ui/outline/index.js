/** The parts of the outline that can be looked at without a page. */
export { rowsOf, visible } from "./rows.js";
export { describe, matches } from "./words.js";
export { act, entriesFor } from "./doing.js";
