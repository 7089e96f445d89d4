/**
 * Every text of a flow, where it stands, and the changes that write it anew. Pure.
 *
 * @typedef {{kind: string, node?: string, path?: (string|number)[], id?: string}} Place
 * @typedef {{place: Place, label: string, text: string}} Text
 */
import { isId } from './refs.js';

const isMap = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const WRAPPED = ['$secret', '$file', '$raw'];

/** @param {Record<string, any>} flow @param {(id: string) => string} nameOf @param {boolean} [names] ids of nodes too
 *  @returns {Text[]} */
export function textsOf(flow, nameOf, names = false) {
  const found = [];
  const add = (place, label, text) => { if (typeof text === 'string' && text) found.push({ place, label, text }); };
  add({ kind: 'name' }, 'Name of the flow', flow.name);
  add({ kind: 'description' }, 'Description of the flow', flow.description);
  for (const [id, input] of Object.entries(flow.inputs ?? {})) {
    add({ kind: 'input', id, path: ['description'] }, `Input ${id} · description`, input.description);
    add({ kind: 'input', id, path: ['default'] }, `Input ${id} · default`, input.default);
  }
  add({ kind: 'defaults', path: ['system'] }, 'System message of every prompt', flow.defaults?.system);
  for (const [node, one] of Object.entries(flow.nodes ?? {})) {
    const label = nameOf(node);
    if (names) add({ kind: 'id', node }, `${label} · name`, node);
    add({ kind: 'title', node }, `${label} · title`, one.title);
    for (const [path, text] of strings(one.params ?? {}, [])) add({ kind: 'param', node, path }, `${label} · ${path.filter((p) => typeof p === 'string').join(' › ')}`, text);
    add({ kind: 'options', node, path: ['when'] }, `${label} · runs when`, one.options?.when);
  }
  for (const [id, note] of Object.entries(flow.layout?.notes ?? {})) add({ kind: 'note', id, path: ['text'] }, 'Note', note.text);
  for (const [id, frame] of Object.entries(flow.layout?.frames ?? {})) add({ kind: 'frame', id, path: ['title'] }, 'Frame', frame.title);
  return found;
}

/** The texts inside a value. Of a flow written in place only titles and params: the rest are names. */
function* strings(value, path) {
  if (typeof value === 'string') { yield [path, value]; return; }
  if (Array.isArray(value)) {
    for (const [i, one] of value.entries()) yield* strings(one, [...path, i]);
  } else if (isMap(value)) {
    if (WRAPPED.some((key) => key in value)) return;
    if (isMap(value.nodes)) {
      for (const [id, node] of Object.entries(value.nodes)) {
        if (!isMap(node)) continue;
        if (typeof node.title === 'string') yield [[...path, 'nodes', id, 'title'], node.title];
        yield* strings(node.params ?? {}, [...path, 'nodes', id, 'params']);
      }
      return;
    }
    for (const [key, one] of Object.entries(value)) yield* strings(one, [...path, key]);
  }
}

/** @param {string} query @param {{cased?: boolean, word?: boolean, regex?: boolean}} how
 *  @returns {{source: string, flags: string}} Throws a sentence for a pattern that can't be read. */
export function compile(query, { cased = false, word = false, regex = false } = {}) {
  const plain = regex ? query : query.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const source = word ? `(?<![\\p{L}\\p{N}_])(?:${plain})(?![\\p{L}\\p{N}_])` : plain;
  const flags = cased ? 'gu' : 'giu';
  try {
    new RegExp(source, flags);
  } catch (error) {
    throw new Error(`This is no pattern: ${String(error.message).replace(/^.*: /, '')}.`);
  }
  return { source, flags };
}

/** In a worker: where a pattern is found, and what each text becomes.
 *  @returns {{at: number, hits: [number, number][], after: string}[]} */
export function search(texts, { source, flags }, replacement, regex) {
  const pattern = new RegExp(source, flags);
  const found = [];
  texts.forEach((text, at) => {
    const hits = [];
    for (const one of text.matchAll(pattern)) if (one[0].length) hits.push([one.index, one.index + one[0].length]);
    if (!hits.length) return;
    const after = text.replace(pattern, regex ? replacement : () => replacement);
    found.push({ at, hits, after });
  });
  return found;
}

/**
 * @param {Record<string, any>} flow @param {{place: Place, after: string}[]} edits
 * @returns {any[]} changes; throws a sentence when a node can't be called so
 */
export function changesFor(flow, edits) {
  const changes = [], params = new Map(), renames = [];
  const inputs = new Map(), taken = new Set(Object.keys(flow.nodes ?? {}));
  for (const { place, after } of edits) {
    const { kind, node, id, path } = place;
    if (kind === 'name') changes.push({ op: 'set-name', name: after });
    else if (kind === 'description') changes.push({ op: 'set-description', description: after });
    else if (kind === 'title') changes.push({ op: 'set-title', node, title: after });
    else if (kind === 'defaults') changes.push({ op: 'set-defaults', defaults: { ...flow.defaults, system: after } });
    else if (kind === 'options') changes.push({ op: 'set-options', node, options: { ...flow.nodes[node].options, when: after } });
    else if (kind === 'note') changes.push({ op: 'set-note', id, note: { ...flow.layout.notes[id], text: after } });
    else if (kind === 'frame') changes.push({ op: 'set-frame', id, frame: { ...flow.layout.frames[id], title: after } });
    else if (kind === 'input') inputs.set(id, { ...(inputs.get(id) ?? flow.inputs[id]), [path[0]]: after });
    else if (kind === 'id') renames.push(rename(node, after, taken));
    else {
      const key = JSON.stringify([node, path[0]]);
      if (!params.has(key)) params.set(key, { op: 'set-param', node, name: path[0], value: flow.nodes[node].params[path[0]] });
      const change = params.get(key);
      change.value = written(change.value, path.slice(1), after);
    }
  }
  for (const [name, input] of inputs) changes.push({ op: 'set-input', name, input });
  return [...changes, ...params.values(), ...renames];
}

function rename(id, to, taken) {
  if (!isId(to)) throw new Error(`'${to}' can't be the name of a node: small letters, digits and '_', beginning with a letter.`);
  if (taken.has(to)) throw new Error(`There already is a node '${to}'.`);
  taken.delete(id);
  taken.add(to);
  return { op: 'rename-node', id, to };
}

function written(value, path, text) {
  if (!path.length) return text;
  const [key, ...rest] = path;
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[key] = written(value[key], rest, text);
  return copy;
}
