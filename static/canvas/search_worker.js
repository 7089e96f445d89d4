/** Looks patterns up beside the page: one that takes for ever is ended without the page having waited. */
import { search } from './searching.js';

onmessage = ({ data }) => {
  postMessage({ turn: data.turn, found: search(data.texts, data.pattern, data.replacement, data.regex) });
};
