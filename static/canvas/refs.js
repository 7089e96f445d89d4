/**
 * References and ids, as the flow file writes them: `node` (its main output), `node.port`, `inputs.name`.
 * @typedef {{node: string, port: string|null}} Ref
 */
const ID = /^[a-z][a-z0-9_]{0,62}$/;
const RESERVED = new Set(['inputs', 'outputs', 'state', 'secrets', 'item']);

/** The two cards that stand for the flow's own inputs and outputs. */
export const INPUTS = 'inputs';
export const OUTPUTS = 'outputs';
/** The name of the free row on those cards: an edge dropped there makes a new one. */
export const NEW = '+';

/** @param {string} text @returns {Ref|null} */
export function parseRef(text) {
  if (typeof text !== 'string') return null;
  const dot = text.indexOf('.');
  const node = dot < 0 ? text : text.slice(0, dot);
  const port = dot < 0 ? null : text.slice(dot + 1);
  if (!ID.test(node) || port === '' || (node === INPUTS && port === null)) return null;
  return { node, port };
}

export const isId = (text) => typeof text === 'string' && ID.test(text) && !RESERVED.has(text);
/** The name of an input may also be `item`: what a map gives to the flow it runs. */
export const isInputName = (text) => text === 'item' || isId(text);
export const isFace = (id) => id === INPUTS || id === OUTPUTS;

/** `reference` with its node replaced, everything else kept. */
export function withNode(reference, from, to) {
  const ref = parseRef(reference);
  if (!ref || ref.node !== from) return reference;
  return ref.port === null ? to : `${to}.${ref.port}`;
}

/**
 * A free id near `wanted`: `prompt@2` gives `prompt`, then `prompt_2`, `prompt_3`.
 * @param {string} wanted @param {(id: string) => boolean} taken
 */
export function freeId(wanted, taken) {
  let stem = wanted.split('@')[0].toLowerCase().replace(/[^a-z0-9_]+/g, '_').replace(/^[^a-z]+/, '').slice(0, 56);
  stem = stem.replace(/_\d+$/, '').replace(/_+$/, '') || 'node';
  for (let n = 1; ; n++) {
    const id = n === 1 ? stem : `${stem}_${n}`;
    if (isId(id) && !taken(id)) return id;
  }
}

/** The references of one port, as a list. @param {string|string[]|undefined} value @returns {string[]} */
export const refsOf = (value) => (value === undefined ? [] : Array.isArray(value) ? value : [value]);
