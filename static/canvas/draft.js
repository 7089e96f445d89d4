/**
 * A flow while changes are made to it: each part is copied the first time it is written, and never again in the same
 * transaction, so that whatever isn't touched stays the same object.
 */
import { pathBetween } from './graph.js';
import { INPUTS, isId, parseRef, refsOf } from './refs.js';

/** A change that cannot be applied. `code` is stable, `message` is for the person. */
export class Refused extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

export class Draft {
  constructor(flow) {
    this.flow = { ...flow };
    this.own = new Set();
    this.ownNodes = new Map();
    /** @type {[string, string][]} source and target of edges that must not be on a cycle in the end */
    this.asked = [];
  }

  /** @returns the flow's section `name`, ours to write */
  part(name) {
    if (!this.own.has(name)) {
      this.own.add(name);
      this.flow[name] = { ...this.flow[name] };
    }
    return this.flow[name];
  }

  replace(name, make) {
    this.own.add(name);
    this.flow[name] = make(this.flow[name] ?? {});
  }

  layout(kind) {
    const layout = this.part('layout');
    const mark = `layout.${kind}`;
    if (!this.own.has(mark)) {
      this.own.add(mark);
      layout[kind] = { ...layout[kind] };
    }
    return layout[kind];
  }

  /** Put something into the layout, or with null take it out. */
  keep(kind, id, value) {
    if (value !== null && value !== undefined) this.layout(kind)[id] = value;
    else if (this.flow.layout?.[kind] && id in this.flow.layout[kind]) delete this.layout(kind)[id];
  }

  /** @returns the node as it is by now, or a refusal */
  node(id) {
    const node = this.flow.nodes && Object.hasOwn(this.flow.nodes, id) ? this.flow.nodes[id] : null;
    if (!node) throw new Refused('unknown-node', `There is no node '${id}' any more.`);
    return node;
  }

  has(section, name) {
    return !!this.flow[section] && Object.hasOwn(this.flow[section], name);
  }

  member(section, name) {
    if (!this.has(section, name)) {
      throw new Refused('unknown-name', `The flow has no ${section.slice(0, -1)} '${name}'.`);
    }
    return this.flow[section][name];
  }

  refuseTaken(section, name) {
    const what = section === 'outputs' ? 'an output' : section === 'inputs' ? 'an input' : 'a node';
    if (this.has(section, name)) throw new Refused('id-taken', `There already is ${what} '${name}'.`);
  }

  refuseBadId(name, good = isId) {
    if (!good(name)) throw new Refused('bad-id', `'${name}' can't be used as a name here.`);
  }

  /** A new reference must be well formed and lead somewhere. */
  refuseBadRef(text) {
    const ref = parseRef(text);
    if (!ref) throw new Refused('bad-ref', `'${text}' isn't a reference.`);
    if (ref.node !== INPUTS) this.node(ref.node);
    else if (!this.has('inputs', ref.port)) throw new Refused('unknown-input', `The flow has no input '${ref.port}' any more.`);
  }

  /** @returns the node, ours to write */
  write(id) {
    const there = this.node(id);
    if (this.ownNodes.get(id) === there) return there;
    const copy = { ...there };
    this.part('nodes')[id] = copy;
    this.ownNodes.set(id, copy);
    return copy;
  }

  /** @returns a map inside a node (`inputs`, `params`), ours to write */
  sub(id, name) {
    const node = this.write(id);
    node[name] = { ...node[name] };
    return node[name];
  }

  /** An entry of `inputs` or `outputs`: at `index`, else where it is, else at the end. */
  put(section, name, value, index) {
    if (this.has(section, name) && (index === undefined || index === null)) this.part(section)[name] = value;
    else this.replace(section, (map) => inserted(without(map, name), name, value, index));
  }

  rename(section, name, to) {
    this.member(section, name);
    this.refuseTaken(section, to);
    this.replace(section, (map) => Object.fromEntries(Object.entries(map).map(([k, v]) => [k === name ? to : k, v])));
  }

  /** Change every reference for which `is` holds; `change` gives null to take it out. */
  eachRef(is, change) {
    for (const [name, ref] of Object.entries(this.flow.outputs ?? {})) {
      if (!is(ref)) continue;
      const text = change(ref);
      if (text === null) delete this.part('outputs')[name];
      else this.part('outputs')[name] = text;
    }
    for (const id in this.flow.nodes) if (refers(this.flow.nodes[id], is)) rewire(this.write(id), is, change);
  }

  /** Only an edge that is there in the end is held against the batch. */
  refuseCycles() {
    for (const [source, target] of this.asked) {
      const node = this.flow.nodes?.[target];
      if (!node || !this.has('nodes', source) || !refers(node, (ref) => isTo(ref, source))) continue;
      const path = pathBetween(this.flow, target, source);
      if (path) throw new Refused('cycle', `That would close a loop: ${[...path, target].join(' → ')}.`);
    }
  }
}

/** Whether a reference is to this node; cheaper than parsing, and asked of every edge at each removal. */
export const isTo = (ref, id) => ref === id || (ref.length > id.length && ref[id.length] === '.' && ref.startsWith(id));

function refers(node, is) {
  if (node.after?.some(is)) return true;
  for (const port in node.inputs) {
    const value = node.inputs[port];
    if (Array.isArray(value) ? value.some(is) : is(value)) return true;
  }
  return false;
}

function rewire(node, is, change) {
  const inputs = {};
  for (const [port, value] of Object.entries(node.inputs ?? {})) {
    const refs = refsOf(value).map((ref) => (is(ref) ? change(ref) : ref)).filter((ref) => ref !== null);
    if (refs.length || (Array.isArray(value) && !value.length)) inputs[port] = Array.isArray(value) ? refs : refs[0];
  }
  node.inputs = inputs;
  if (node.after) node.after = node.after.map((ref) => (is(ref) ? change(ref) : ref)).filter((ref) => ref !== null);
}

export function inserted(map, name, value, index) {
  if (index === undefined || index === null) return { ...map, [name]: value };
  const entries = Object.entries(map);
  entries.splice(index, 0, [name, value]);
  return Object.fromEntries(entries);
}

export function without(map, name) {
  const { [name]: _, ...rest } = map;
  return rest;
}
