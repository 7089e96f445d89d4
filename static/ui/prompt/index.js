/** The parts of the prompt editor that the form's components share. */
export { offers } from "./completing.js";
export { Seen } from "./seen.js";
export { cut, found, judge, read } from "./reading.js";
export { Finder, finding } from "./finder.js";
