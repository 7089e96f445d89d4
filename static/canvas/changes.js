/**
 * The vocabulary of changes, applied to the mirror of the document. `apply` is pure: it returns a new flow that
 * shares every untouched part with the old one, so that the old one *is* the inverse, and so that comparing
 * parts by identity tells what changed. The server's model is the definition; this follows it.
 *
 * @typedef {Record<string, any>} Flow  the document as plain JSON
 * @typedef {{op: string} & Record<string, any>} Change
 */
import { Draft, Refused, inserted, isTo, without } from './draft.js';
import { INPUTS, isFace, isInputName, refsOf } from './refs.js';

export { Refused };

/**
 * All changes or none.
 * @param {Flow} flow @param {readonly Change[]} changes @returns {Flow}
 */
export function apply(flow, changes) {
  const draft = new Draft(flow);
  for (const change of changes) {
    if (!Object.hasOwn(OPS, change.op)) throw new Refused('unknown-op', `There is no change called '${change.op}'.`);
    OPS[change.op](draft, change);
  }
  draft.refuseCycles();
  return draft.flow;
}

const OPS = {
  'add-node'(d, { id, node, at, index }) {
    d.refuseBadId(id);
    d.refuseTaken('nodes', id);
    d.replace('nodes', (nodes) => inserted(nodes, id, node, index));
    if (at) d.keep('nodes', id, at);
    for (const ref of Object.values(node.inputs ?? {}).flatMap(refsOf)) d.asked.push([ref.split('.')[0], id]);
    for (const first of node.after ?? []) d.asked.push([first, id]);
  },

  'remove-node'(d, { id }) {
    d.node(id);
    d.eachRef((ref) => isTo(ref, id), () => null);
    d.keep('nodes', id, null);
    delete d.part('nodes')[id];
  },

  'rename-node'(d, { id, to }) {
    d.node(id);
    if (to === id) return;
    d.refuseBadId(to);
    renameNode(d, id, to);
  },

  'set-component'(d, { node, component }) { d.write(node).component = component; },
  'set-title'(d, { node, title }) { d.write(node).title = title; },
  'set-param'(d, { node, name, value }) { d.sub(node, 'params')[name] = value; },
  'unset-param'(d, { node, name }) { delete d.sub(node, 'params')[name]; },
  'set-options'(d, { node, options }) { d.write(node).options = options; },

  connect(d, { node, port, ref, many = false, index }) {
    d.node(node);
    d.refuseBadRef(ref);
    const inputs = d.sub(node, 'inputs');
    if (many) {
      const refs = refsOf(inputs[port]).slice();
      refs.splice(index ?? refs.length, 0, ref);
      inputs[port] = refs;
    } else inputs[port] = ref;
    d.asked.push([ref.split('.')[0], node]);
  },

  disconnect(d, { node, port, ref }) {
    const wired = d.node(node).inputs?.[port];
    const refs = refsOf(wired);
    const at = refs.indexOf(ref);
    if (at < 0) throw new Refused('not-connected', `'${ref}' isn't connected to '${node}.${port}' any more.`);
    if (refs.length === 1) delete d.sub(node, 'inputs')[port];
    else d.sub(node, 'inputs')[port] = refs.filter((_, i) => i !== at);
  },

  reorder(d, { node, port, refs }) {
    const there = d.node(node).inputs?.[port];
    if (!Array.isArray(there) || [...there].sort().join('\n') !== [...refs].sort().join('\n')) {
      throw new Refused('stale-order', `The new order of '${node}.${port}' isn't made of its connections.`);
    }
    d.sub(node, 'inputs')[port] = [...refs];
  },

  'set-after'(d, { node, after }) {
    const old = d.node(node).after ?? [];
    const next = [...new Set(after)];
    for (const first of next) {
      if (old.includes(first)) continue;
      d.node(first);
      d.asked.push([first, node]);
    }
    d.write(node).after = next;
  },

  move(d, { positions }) {
    for (const [id, at] of Object.entries(positions)) {
      if (at && !isFace(id)) d.node(id);
      d.keep('nodes', id, at);
    }
  },

  'set-input'(d, { name, input, index }) {
    if (!d.has('inputs', name)) d.refuseBadId(name, isInputName);
    d.put('inputs', name, input, index);
  },
  'remove-input'(d, { name }) {
    d.member('inputs', name);
    d.eachRef((ref) => ref === `${INPUTS}.${name}`, () => null);
    delete d.part('inputs')[name];
  },
  'rename-input'(d, { name, to }) {
    d.member('inputs', name);
    if (to === name) return;
    d.refuseBadId(to, isInputName);
    renameInput(d, name, to);
  },

  'set-output'(d, { name, ref, index }) {
    d.refuseBadRef(ref);
    if (!d.has('outputs', name)) d.refuseBadId(name);
    d.put('outputs', name, ref, index);
  },
  'remove-output'(d, { name }) {
    d.member('outputs', name);
    delete d.part('outputs')[name];
  },
  'rename-output'(d, { name, to }) {
    d.member('outputs', name);
    if (to === name) return;
    d.refuseBadId(to);
    d.rename('outputs', name, to);
  },

  'set-state'(d, { state }) { d.flow.state = state; },
  'set-defaults'(d, { defaults }) { d.flow.defaults = defaults; },
  'set-name'(d, { name }) { d.flow.name = name; },
  'set-description'(d, { description }) { d.flow.description = description; },
  'set-note'(d, { id, note }) { d.keep('notes', id, note); },
  'set-frame'(d, { id, frame }) { d.keep('frames', id, frame); },

  /** In the flow that is written at a port of a node. */
  within(d, { node, port, changes }) {
    const inner = d.node(node).params?.[port];
    if (typeof inner !== 'object' || !inner?.nodes) throw new Refused('no-inner-flow', `There is no flow in '${node}' any more.`);
    d.sub(node, 'params')[port] = apply(inner, changes);
  },

  /** From an undo: what stood at a path of the document, or nothing. */
  restore(d, change) {
    const [section, name, part, port, item] = change.path;
    if (section === 'layout') d.keep('nodes', part, change.value);
    else if (part === 'id') renameNode(d, name, change.value);
    else if (part === 'name' && section === 'inputs') renameInput(d, name, change.value);
    else if (part === 'name') d.rename(section, name, change.value);
    else if (part === undefined) restoreEntry(d, section, name, change);
    else if (d.has('nodes', name)) restoreWires(d, name, part, port, item, change);
  },
};

function restoreEntry(d, section, name, { value, index }) {
  if (section !== 'outputs') d.refuseTaken(section, name);
  if (section === 'nodes') d.replace('nodes', (nodes) => inserted(nodes, name, value, index));
  else d.put(section, name, value, index);
}

function restoreWires(d, id, part, port, item, { value = null, index }) {
  if (part === 'after') { d.write(id).after = value ?? []; return; }
  const node = d.write(id);
  if (item) {
    const refs = refsOf(node.inputs?.[port]).slice();
    refs.splice(index ?? refs.length, 0, value);
    node.inputs = { ...node.inputs, [port]: refs };
  } else if (value === null) node.inputs = without(node.inputs ?? {}, port);
  else if (node.inputs && Object.hasOwn(node.inputs, port)) node.inputs = { ...node.inputs, [port]: value };
  else node.inputs = inserted(node.inputs ?? {}, port, value, index);
}

function renameNode(d, id, to) {
  d.rename('nodes', id, to);
  d.eachRef((ref) => isTo(ref, id), (ref) => to + ref.slice(id.length));
  const at = d.flow.layout?.nodes?.[id];
  d.keep('nodes', id, null);
  d.keep('nodes', to, at ?? null);
}

function renameInput(d, name, to) {
  d.rename('inputs', name, to);
  d.eachRef((ref) => ref === `${INPUTS}.${name}`, () => `${INPUTS}.${to}`);
}
