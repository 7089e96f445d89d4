/**
 * The vocabulary of changes, applied to the mirror of the document. `apply` is pure: it returns a new flow that
 * shares every untouched part with the old one, so that the old one *is* the inverse, and so that comparing
 * parts by identity tells what changed.
 *
 * @typedef {Record<string, any>} Flow  the document as plain JSON
 * @typedef {{op: string} & Record<string, any>} Change
 */
import { INPUTS, isFace, isId, parseRef, refsOf, withNode } from './refs.js';
import { pathBetween } from './graph.js';

/** A change that cannot be applied. `code` is stable, `message` is for the person. */
export class Refused extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * All changes or none.
 * @param {Flow} flow @param {readonly Change[]} changes @returns {Flow}
 */
export function apply(flow, changes) {
  const draft = new Draft(flow);
  for (const change of changes) {
    const make = OPS[change.op];
    if (!make) throw new Refused('unknown-op', `There is no change called '${change.op}'.`);
    make(draft, change);
  }
  return draft.flow;
}

const OPS = {
  'add-node'(d, { id, node, at, index }) {
    if (!isId(id)) throw new Refused('bad-id', `'${id}' can't be the id of a node.`);
    if (d.flow.nodes?.[id]) throw new Refused('id-taken', `There already is a node '${id}'.`);
    d.replace('nodes', (nodes) => inserted(nodes, id, node, index));
    if (at) d.place(id, at);
  },

  'remove-node'(d, { id }) {
    d.node(id);
    delete d.part('nodes')[id];
    if (d.flow.layout?.nodes?.[id]) d.place(id, null);
    for (const other of Object.keys(d.flow.nodes)) {
      if (mentions(d.flow.nodes[other], id)) forget(d.write(other), id);
    }
    for (const [name, ref] of Object.entries(d.flow.outputs ?? {})) {
      if (isTo(ref, id)) delete d.part('outputs')[name];
    }
  },

  'rename-node'(d, { id, to }) {
    d.node(id);
    if (!isId(to)) throw new Refused('bad-id', `'${to}' can't be the id of a node.`);
    if (d.flow.nodes[to]) throw new Refused('id-taken', `There already is a node '${to}'.`);
    d.replace('nodes', (nodes) => renamed(nodes, id, to));
    for (const other of Object.keys(d.flow.nodes)) {
      if (mentions(d.flow.nodes[other], id)) mapRefs(d.write(other), (ref) => withNode(ref, id, to));
    }
    for (const [name, ref] of Object.entries(d.flow.outputs ?? {})) {
      if (isTo(ref, id)) d.part('outputs')[name] = withNode(ref, id, to);
    }
    const at = d.flow.layout?.nodes?.[id];
    if (at) { d.place(id, null); d.place(to, at); }
  },

  'set-component'(d, { node, component }) { d.node(node); d.write(node).component = component; },
  'set-title'(d, { node, title }) { d.node(node); d.write(node).title = title; },
  'set-param'(d, { node, name, value }) { d.node(node); d.sub(node, 'params')[name] = value; },
  'unset-param'(d, { node, name }) { d.node(node); delete d.sub(node, 'params')[name]; },
  'set-options'(d, { node, options }) { d.node(node); d.write(node).options = options; },

  connect(d, { node, port, ref, many = false, index }) {
    d.node(node);
    const source = parseRef(ref);
    if (!source) throw new Refused('bad-ref', `'${ref}' isn't a reference.`);
    if (source.node !== INPUTS) { d.node(source.node); d.refuseCycle(source.node, node); }
    const inputs = d.sub(node, 'inputs');
    if (!many) { inputs[port] = ref; return; }
    const refs = refsOf(inputs[port]).slice();
    refs.splice(index ?? refs.length, 0, ref);
    inputs[port] = refs;
  },

  disconnect(d, { node, port, ref }) {
    d.node(node);
    const there = d.flow.nodes[node].inputs?.[port];
    const refs = refsOf(there);
    const at = refs.indexOf(ref);
    if (at < 0) throw new Refused('no-edge', `'${ref}' isn't connected to '${node}.${port}'.`);
    const rest = refs.filter((_, i) => i !== at);
    const inputs = d.sub(node, 'inputs');
    if (rest.length) inputs[port] = rest; else delete inputs[port];
  },

  reorder(d, { node, port, refs }) {
    d.node(node);
    const there = refsOf(d.flow.nodes[node].inputs?.[port]);
    if ([...there].sort().join('\n') !== [...refs].sort().join('\n')) {
      throw new Refused('bad-order', `The new order of '${node}.${port}' isn't made of its connections.`);
    }
    d.sub(node, 'inputs')[port] = [...refs];
  },

  'set-after'(d, { node, after }) {
    d.node(node);
    for (const first of after) { d.node(first); d.refuseCycle(first, node); }
    d.write(node).after = [...after];
  },

  move(d, { positions }) {
    for (const [id, at] of Object.entries(positions)) {
      if (!isFace(id)) d.node(id);
      d.place(id, at);
    }
  },

  'set-input'(d, { name, input, index }) { d.put('inputs', name, input, index); },
  'remove-input'(d, { name }) {
    d.member('inputs', name);
    delete d.part('inputs')[name];
    d.eachUse(`${INPUTS}.${name}`, (node) => forgetRef(node, `${INPUTS}.${name}`));
    for (const [output, ref] of Object.entries(d.flow.outputs ?? {})) {
      if (ref === `${INPUTS}.${name}`) delete d.part('outputs')[output];
    }
  },
  'rename-input'(d, { name, to }) {
    d.rename('inputs', name, to);
    const was = `${INPUTS}.${name}`, is = `${INPUTS}.${to}`;
    d.eachUse(was, (node) => mapRefs(node, (ref) => (ref === was ? is : ref)));
    for (const [output, ref] of Object.entries(d.flow.outputs ?? {})) if (ref === was) d.part('outputs')[output] = is;
  },
  'set-output'(d, { name, ref, index }) {
    if (!parseRef(ref)) throw new Refused('bad-ref', `'${ref}' isn't a reference.`);
    d.put('outputs', name, ref, index);
  },
  'remove-output'(d, { name }) { d.member('outputs', name); delete d.part('outputs')[name]; },
  'rename-output'(d, { name, to }) { d.rename('outputs', name, to); },

  'set-state'(d, { state }) { d.flow.state = state; },
  'set-defaults'(d, { defaults }) { d.flow.defaults = defaults; },
  'set-name'(d, { name }) { d.flow.name = name; },
  'set-description'(d, { description }) { d.flow.description = description; },
  'set-note'(d, { id, note }) { d.keep('notes', id, note); },
  'set-frame'(d, { id, frame }) { d.keep('frames', id, frame); },

  /** From an undo: what stood at a path of the document, or nothing. */
  restore(d, { path, value = null, index }) {
    const [section, name, ...inner] = path;
    if (section === 'layout') { d.place(inner[0], value); return; }
    if (!inner.length) { d.replace(section, (map) => restored(map, name, value, index)); return; }
    d.node(name);
    const node = d.write(name);
    const [part, key] = inner;
    if (key === undefined) { Object.assign(node, restored(node, part, value)); if (value === null) delete node[part]; }
    else node[part] = restored(node[part] ?? {}, key, value, index);
  },
};

/** Copies each part of the flow the first time it is written, and never again in the same transaction. */
class Draft {
  constructor(flow) {
    this.flow = { ...flow };
    this.own = new Set();
    this.ownNodes = new Map();
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

  place(id, at) {
    if (at) this.layout('nodes')[id] = at.map(Math.round);
    else delete this.layout('nodes')[id];
  }

  keep(kind, id, value) {
    if (value === null || value === undefined) delete this.layout(kind)[id];
    else this.layout(kind)[id] = value;
  }

  node(id) {
    if (!this.flow.nodes?.[id]) throw new Refused('unknown-node', `There is no node '${id}' any more.`);
  }

  member(section, name) {
    if (!(name in (this.flow[section] ?? {}))) {
      throw new Refused('unknown-name', `The flow has no ${section.slice(0, -1)} '${name}'.`);
    }
  }

  /** @returns the node, ours to write */
  write(id) {
    const mine = this.ownNodes.get(id);
    const there = this.flow.nodes[id];
    if (mine === there && mine) return mine;
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

  put(section, name, value, index) {
    const there = name in (this.flow[section] ?? {});
    if (there && index === undefined) this.part(section)[name] = value;
    else this.replace(section, (map) => { const { [name]: _, ...rest } = map; return inserted(rest, name, value, index); });
  }

  rename(section, name, to) {
    this.member(section, name);
    if (to in this.flow[section]) throw new Refused('id-taken', `There already is an ${section.slice(0, -1)} '${to}'.`);
    this.replace(section, (map) => renamed(map, name, to));
  }

  eachUse(ref, visit) {
    for (const [id, node] of Object.entries(this.flow.nodes ?? {})) {
      if (Object.values(node.inputs ?? {}).some((v) => refsOf(v).includes(ref))) visit(this.write(id));
    }
  }

  refuseCycle(from, to) {
    const path = pathBetween(this.flow, to, from);
    if (path) throw new Refused('cycle', `That would close a loop: ${[...path, to].join(' → ')}.`);
  }
}

function inserted(map, name, value, index) {
  if (index === undefined || index === null) return { ...map, [name]: value };
  const entries = Object.entries(map);
  entries.splice(index, 0, [name, value]);
  return Object.fromEntries(entries);
}

function restored(map, name, value, index) {
  const { [name]: was, ...rest } = map;
  if (value === null) return rest;
  return was === undefined || index !== undefined ? inserted(rest, name, value, index) : { ...map, [name]: value };
}

const renamed = (map, from, to) => Object.fromEntries(Object.entries(map).map(([k, v]) => [k === from ? to : k, v]));

/** Whether a reference is to this node; cheaper than parsing, and asked of every edge at each removal. */
const isTo = (ref, id) => ref === id || (ref.length > id.length && ref[id.length] === '.' && ref.startsWith(id));

function mentions(node, id) {
  if (node.after?.includes(id)) return true;
  for (const port in node.inputs) {
    const value = node.inputs[port];
    if (Array.isArray(value) ? value.some((ref) => isTo(ref, id)) : isTo(value, id)) return true;
  }
  return false;
}

function mapRefs(node, change) {
  const inputs = {};
  for (const [port, v] of Object.entries(node.inputs ?? {})) inputs[port] = Array.isArray(v) ? v.map(change) : change(v);
  node.inputs = inputs;
  if (node.after) node.after = node.after.map(change);
}

function dropRefs(node, unwanted) {
  const inputs = {};
  for (const [port, v] of Object.entries(node.inputs ?? {})) {
    if (!refsOf(v).some(unwanted)) { inputs[port] = v; continue; }
    const rest = refsOf(v).filter((ref) => !unwanted(ref));
    if (rest.length) inputs[port] = rest;
  }
  node.inputs = inputs;
}

const forgetRef = (node, gone) => dropRefs(node, (ref) => ref === gone);

function forget(node, id) {
  dropRefs(node, (ref) => isTo(ref, id));
  if (node.after) node.after = node.after.filter((first) => first !== id);
}

