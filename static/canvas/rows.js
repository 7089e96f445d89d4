/**
 * Which ports a card shows, in which order. A node shows what must be wired and what is wired; its optional
 * scalar ports wait behind "more ports", so that a card stays as small as its question.
 *
 * @typedef {{name: string, type: string, required?: boolean, many?: boolean, label?: string, help?: string}} Port
 * @typedef {{inputs: Port[], outputs: Port[]}} Ports
 * @typedef {{side: 'in'|'out', port: string, type: string, label: string, many: boolean, slot: number,
 *   free: boolean, unknown: boolean, help: string}} Row
 *   `slot` is the place in a port that takes several; `free` marks the row that takes one more;
 *   `unknown` a port that the file mentions but the component does not have
 */
import { NEW, refsOf } from './refs.js';

/** Kinds that are held by a live object or typed as text: chosen in the inspector, seldom wired. */
export const TYPED_IN = new Set(['model', 'secret', 'flow', 'tool', 'list[tool]', 'template', 'expression', 'condition']);
/** Kinds that nothing can be wired to. */
const NEVER_WIRED = new Set(['model', 'secret', 'flow', 'tool', 'list[tool]']);

export const canBeWired = (port) => !NEVER_WIRED.has(port.type);

/**
 * @param {{inputs?: Record<string, string|string[]>}} node
 * @param {Ports|undefined} ports undefined for an unknown component, or until the server has answered
 * @param {Iterable<string>} usedOutputs outputs that some reference names
 * @param {boolean} open whether the optional ports are shown as well
 * @param {string[]} written ports with a form of their own in the inspector
 * @returns {{rows: Row[], hidden: number}}
 */
export function nodeRows(node, ports, usedOutputs, open, written = []) {
  const rows = [];
  let hidden = 0;
  const wires = node.inputs ?? {};
  const known = new Set();
  const shown = shownInputs((ports?.inputs ?? []).filter((port) => !written.includes(port.name)));
  for (const port of ports?.inputs ?? []) {
    known.add(port.name);
    const wired = wires[port.name] !== undefined;
    if (!wired && !shown.has(port.name)) {
      if (!canBeWired(port)) continue;
      if (!open) { hidden++; continue; }
    }
    rows.push(...inputRows(port, refsOf(wires[port.name]).length));
  }
  for (const name of Object.keys(wires)) {
    if (known.has(name)) continue;
    const count = refsOf(wires[name]).length;
    const many = Array.isArray(wires[name]);
    rows.push(...inputRows({ name, type: 'any', many }, count, !!ports).slice(0, Math.max(1, count)));
  }
  const outs = new Set();
  for (const port of ports?.outputs ?? []) {
    outs.add(port.name);
    rows.push(row('out', port));
  }
  for (const name of usedOutputs) if (!outs.has(name)) rows.push({ ...row('out', { name, type: 'any' }), unknown: !!ports });
  return { rows, hidden };
}

/** What a person is likely to wire: required, several-fold, or else the first optional ones of a component
 *  that requires nothing. */
function shownInputs(inputs) {
  const shown = new Set();
  for (const p of inputs) if (!TYPED_IN.has(p.type) && (p.required || p.many)) shown.add(p.name);
  if (!shown.size) {
    for (const p of inputs.filter((i) => !TYPED_IN.has(i.type)).slice(0, 2)) shown.add(p.name);
  }
  return shown;
}

/** One row, or one for each connection and one that is free. */
function inputRows(port, count, unknown = false) {
  if (!port.many) return [{ ...row('in', port), unknown }];
  const rows = [];
  for (let slot = 0; slot <= count; slot++) rows.push({ ...row('in', port), slot, free: slot === count, unknown });
  return rows;
}

function row(side, port) {
  return {
    side, port: port.name, type: port.type, label: port.label || port.name, many: !!port.many, slot: 0,
    free: false, unknown: false, help: port.help ?? '',
  };
}

/** The card of the flow's inputs: each feeds nodes. @returns {Row[]} */
export function inputsFaceRows(flow) {
  const rows = Object.entries(flow.inputs ?? {}).map(([name, input]) =>
    row('out', { name, type: input.type ?? 'text', help: input.description }));
  return [...rows, { ...row('out', { name: NEW, type: 'any', label: 'new input' }), free: true }];
}

/** The card of the flow's outputs. @param {(ref: string) => string} typeOf @returns {Row[]} */
export function outputsFaceRows(flow, typeOf) {
  const rows = Object.entries(flow.outputs ?? {}).map(([name, ref]) => row('in', { name, type: typeOf(ref) }));
  return [...rows, { ...row('in', { name: NEW, type: 'any', label: 'new output' }), free: true }];
}

/**
 * Which output a reference means: a bare `node` is its main output, unless a port of messages asks and the
 * node has an output of messages.
 * @param {string|null} port @param {Ports|undefined} ports @param {string} wantedType
 * @returns {string|null} null when the node offers no output at all
 */
export function outputMeant(port, ports, wantedType) {
  if (port !== null) return port;
  const outputs = ports?.outputs ?? [];
  if (wantedType === 'messages' || wantedType === 'list[messages]') {
    const messages = outputs.find((o) => o.type === 'messages');
    if (messages) return messages.name;
  }
  return outputs[0]?.name ?? null;
}

/** The shortest reference that means exactly this output. */
export function refTo(node, port, ports, wantedType) {
  return outputMeant(null, ports, wantedType) === port ? node : `${node}.${port}`;
}

