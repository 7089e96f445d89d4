/** The part of the scene that joins boxes: where an edge starts and ends, of what type it is, what fits what. */
import { curve, curveRect, headPoint, portPoint } from './geometry.js';
import { INPUTS, isFace, parseRef } from './refs.js';
import { outputMeant } from './rows.js';

export class Joints {
  /** Compute an edge's curve from the boxes at its ends. */
  bend(edge) {
    const from = this.boxes.get(edge.source), to = this.boxes.get(edge.node);
    if (!from || !to || !this.edges.has(edge.key)) {
      edge.curve = null;
      this.edgeGrid.delete(edge);
      return;
    }
    edge.curve = curve(this.startOf(edge, from), this.endOf(edge, to));
    this.edgeGrid.set(edge, curveRect(edge.curve));
  }

  startOf(edge, box) {
    if (edge.kind === 'after') return headPoint(box, 'out');
    const row = this.sourceRow(edge, box);
    return row < 0 ? headPoint(box, 'out') : portPoint(box, row);
  }

  endOf(edge, box) {
    if (edge.kind === 'after') return headPoint(box, 'in');
    const row = this.targetRow(edge, box);
    return row < 0 ? headPoint(box, 'in') : portPoint(box, row);
  }

  sourceRow(edge, box) {
    const wanted = edge.sourcePort === null ? this.typeOfInput(edge.node, edge.port) : 'any';
    const name = isFace(edge.source) ? edge.sourcePort : outputMeant(edge.sourcePort, this.ports[edge.source], wanted);
    return box.rows.findIndex((r) => r.side === 'out' && r.port === name);
  }

  targetRow(edge, box) {
    const slot = box.rows.findIndex((r) => r.side === 'in' && r.port === edge.port && r.slot === edge.index && !r.free);
    return slot >= 0 ? slot : box.rows.findIndex((r) => r.side === 'in' && r.port === edge.port);
  }

  typeOfInput(id, port) {
    return this.ports[id]?.inputs.find((p) => p.name === port)?.type ?? 'any';
  }

  /** The type of what a reference gives. */
  typeOf(reference) {
    const ref = parseRef(reference);
    if (!ref) return 'any';
    if (ref.node === INPUTS) return this.flow.inputs?.[ref.port]?.type ?? 'text';
    const name = outputMeant(ref.port, this.ports[ref.node], 'any');
    return this.ports[ref.node]?.outputs.find((p) => p.name === name)?.type ?? 'any';
  }

  /** Whether a value of one type may go where another is taken, and by which adapter. */
  fit(source, target) {
    const adapter = this.fits.get(`${source}>${target}`);
    if (adapter !== undefined) return { adapter };
    return source === target || target === 'any' || source === 'any' ? { adapter: null } : null;
  }
}
