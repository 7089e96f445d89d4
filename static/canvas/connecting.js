/**
 * The part of the editor that connects: an edge in the making, and lists of ports to choose from instead of drawing.
 */
import { Wire, endOf, endsOf } from './wires.js';
import { NEW } from './refs.js';

export class Connecting {
  // ---- connecting ----

  showWire(wire, portState = null) {
    this.wire = wire;
    this.cards.portState = portState;
    this.cards.refresh(this.selection);
    this.stage.root.classList.toggle('weft-wiring', !!wire);
    this.request();
  }

  connectEnds(wire, end) {
    const { changes, label } = wire.connect(end);
    if (changes.length) this.submitBatch({ changes, label });
  }

  /** By keyboard: which port of this node, then which port elsewhere. */
  startConnect() {
    const id = this.connectable();
    const box = id && this.scene.boxes.get(id);
    if (!box) { this.announce('Go to a node first, then press C to connect it.'); return; }
    const ends = [...endsOf(this.scene, id, 'out'), ...endsOf(this.scene, id, 'in')];
    if (!ends.length) { this.announce(`${this.scene.nameOf(id)} has no ports to connect.`); return; }
    if (ends.length === 1) { this.chooseFitting(ends[0]); return; }
    const options = ends.map((end) => ({
      label: portName(end), detail: `${end.side === 'out' ? 'output' : 'input'}, ${end.type}`, value: end,
    }));
    this.choose(`Connect from ${this.scene.nameOf(id)}`, options, this.beside(box), (end) => this.chooseFitting(end));
  }

  connectable() {
    const id = this.focused() ?? (this.selection.size === 1 ? [...this.selection][0] : null);
    return id && this.scene.boxes.has(id) ? id : null;
  }

  /** Another target for the selected edge, by keyboard. */
  reconnectHere() {
    const edge = this.scene.edges.get(this.edge);
    const box = this.scene.boxes.get(edge.source);
    const row = box ? this.scene.sourceRow(edge, box) : -1;
    if (row < 0) { this.refuse('An edge of order is changed in the inspector.'); return; }
    const wire = new Wire(this.scene, endOf(box, box.rows[row]), edge);
    const ends = this.scene.walk().filter((id) => id !== edge.source).flatMap((id) => endsOf(this.scene, id, 'in'));
    this.chooseEnd(wire, ends.filter((end) => wire.verdict(end).ok));
  }

  /** A component on the selected edge, chosen from those that fit. */
  insertHere() {
    const edge = this.scene.edges.get(this.edge);
    const { x1, y1, x2, y2 } = edge.curve;
    this.palette(this.camera.toScreen({ x: (x1 + x2) / 2, y: (y1 + y2) / 2 }), null, edge.key);
  }

  chooseFitting(fixed) {
    const wire = new Wire(this.scene, fixed);
    const side = fixed.side === 'out' ? 'in' : 'out';
    const ends = this.scene.walk().filter((id) => id !== fixed.node).flatMap((id) => endsOf(this.scene, id, side));
    this.chooseEnd(wire, ends.filter((end) => wire.verdict(end).ok));
  }

  chooseEnd(wire, ends, at = null) {
    const { fixed } = wire;
    const box = this.scene.boxes.get(fixed.node);
    const options = ends.map((end) => {
      const { adapter } = wire.verdict(end);
      return {
        label: `${this.scene.nameOf(end.node)} · ${portName(end)}`,
        detail: adapter ? `${end.type}, by ${adapter}` : end.type, value: end,
      };
    });
    const title = `${this.scene.nameOf(fixed.node)} · ${portName(fixed)} ${fixed.side === 'out' ? 'to' : 'from'}`;
    this.choose(title, options, at ?? this.beside(box), (end) => this.connectEnds(wire, end));
  }

  choose(title, options, at, chosen) {
    const back = this.focused();
    const closed = (refocus) => {
      if (!refocus) return;
      if (back) this.focusNode(back);
      else this.stage.root.focus({ preventScroll: true });
    };
    this.chooser.open(title, options, at, chosen, closed);
  }

  /** Right of a card, level with its top. */
  beside(box) { return this.camera.toScreen({ x: box.x + box.w + 16, y: box.y }); }
}

const portName = (end) => (end.port === NEW ? (end.side === 'in' ? 'new output' : 'new input') : end.port);
