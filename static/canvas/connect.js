/**
 * Drawing an edge: from a port in either direction, or with the end of an edge that is there. Ports that fit are
 * lit, the others fade and say why; a loose end jumps to a port within 20 pixels.
 *
 * @typedef {import('./wires.js').End} End
 * @typedef {import('./gestures.js').Where} Where
 */
import { SNAP, curve, portPoint } from './geometry.js';
import { nodeAt, portNear } from './hit.js';
import { pull } from './moves.js';
import { NEW } from './refs.js';
import { Wire, endOf, endsOf } from './wires.js';

/** Over the card that the edge comes from: letting go there changes nothing. */
const BACK = { end: null, ends: [], verdict: { ok: false, reason: '', adapter: null } };

export class Connect {
  name = 'connect';

  /** @param {import('./index.js').Editor} editor @param {End} fixed @param {import('./edges.js').Edge|null} moving */
  constructor(editor, fixed, moving = null) {
    this.editor = editor;
    this.wire = new Wire(editor.scene, fixed, moving);
    if (moving) this.name = 'reconnect';
    this.seek = fixed.side === 'out' ? 'in' : 'out';
    this.target = null;
    editor.showWire(this.wire, (box, row) => this.portState(box, row));
  }

  /** Pick up one end of an edge: the other stays. @param {'source'|'target'} end that moves */
  static ofEdge(editor, edge, end) {
    const { scene } = editor;
    const stays = end === 'target' ? edge.source : edge.node;
    const box = scene.boxes.get(stays);
    const row = end === 'target' ? scene.sourceRow(edge, box) : scene.targetRow(edge, box);
    const fixed = row >= 0 ? endOf(box, box.rows[row]) : nameless(edge, end);
    return new Connect(editor, fixed, edge);
  }

  portState(box, row) {
    const { fixed } = this.wire;
    if (box.id === fixed.node && row.port === fixed.port && row.side === fixed.side) return 'fixed';
    if (row.side !== this.seek) return 'dim';
    return this.wire.verdict(endOf(box, row)).ok ? 'fits' : 'dim';
  }

  /** @param {Where} where */
  move({ at, event }) {
    this.event = event;
    const { camera, scene, stage } = this.editor;
    const p = camera.toWorld(at);
    this.target = this.find(p);
    const fixed = this.fixedPoint();
    if (!fixed) return;
    const to = this.target?.snap ?? p;
    const ends = this.seek === 'in' ? [fixed, to] : [to, fixed];
    const [a, b] = ends.map((e) => camera.toScreen(e));
    const state = this.target && this.target !== BACK ? (this.target.verdict.ok ? 'ok' : 'no') : '';
    stage.drawWire(curve(a, b), state, this.target?.snap && this.target.verdict.ok ? camera.toScreen(this.target.snap) : null);
    stage.tip(this.target ? tipOf(this.target, scene, this.wire.moving) : '', at, state);
  }

  /** The port to jump to; else the card below, if it has a port that fits; else why not. */
  find(p) {
    const { scene, camera } = this.editor;
    const reach = SNAP / camera.k;
    const seek = (_, row) => row.side === this.seek;
    const fitting = portNear(scene, p, reach, (box, row) => seek(box, row) && this.wire.verdict(endOf(box, row)).ok);
    const near = fitting ?? portNear(scene, p, reach, seek);
    if (near) {
      const end = endOf(near.box, near.box.rows[near.row]);
      return { end, verdict: this.wire.verdict(end), snap: portPoint(near.box, near.row), ends: [end] };
    }
    const box = nodeAt(scene, p);
    if (box?.id === this.wire.fixed.node) return BACK;
    return box && this.onCard(box.id);
  }

  onCard(id) {
    const ends = endsOf(this.editor.scene, id, this.seek);
    if (!ends.length) {
      const what = this.seek === 'in' ? 'takes no input' : 'gives no output';
      return { end: null, ends: [], verdict: { ok: false, reason: `${this.editor.scene.nameOf(id)} ${what}.`, adapter: null } };
    }
    const judged = ends.map((end) => ({ end, verdict: this.wire.verdict(end) }));
    const fits = judged.filter((j) => j.verdict.ok);
    if (!fits.length) return { end: judged[0].end, ends: [], verdict: judged[0].verdict };
    return { end: fits[0].end, ends: fits.map((j) => j.end), verdict: fits[0].verdict };
  }

  fixedPoint() {
    const { scene } = this.editor;
    const { fixed } = this.wire;
    const box = scene.boxes.get(fixed.node);
    if (!box) return null;
    const row = box.rows.findIndex((r) => r.side === fixed.side && r.port === fixed.port && r.slot === fixed.slot);
    return row < 0 ? { x: fixed.side === 'out' ? box.x + box.w : box.x, y: box.y + 23 } : portPoint(box, row);
  }

  pull(at) {
    const moved = pull(this.editor, at);
    if (moved) this.move({ at, event: this.event });
    return moved;
  }

  up({ at, event }) {
    this.move({ at, event });
    const { target, wire } = this;
    this.hide();
    if (target === BACK) return;
    if (target?.verdict.ok) this.land(target, at);
    else if (target) this.editor.refuse(target.verdict.reason, at);
    else if (wire.moving) this.editor.submitBatch(wire.remove());
    else this.editor.palette(at, { node: wire.fixed.node, port: wire.fixed.port, side: wire.fixed.side, type: wire.fixed.type });
  }

  land(target, at) {
    const { editor, wire } = this;
    if (target.ends.length === 1) { editor.connectEnds(wire, target.ends[0]); return; }
    editor.chooseEnd(wire, target.ends, at);
  }

  hide() {
    this.editor.showWire(null);
    this.editor.stage.drawWire(null);
    this.editor.stage.tip('');
  }

  cancel() { this.hide(); }
}

function nameless(edge, end) {
  return end === 'target'
    ? { side: 'out', node: edge.source, port: edge.sourcePort ?? '', type: 'any', many: false, slot: 0, free: false }
    : { side: 'in', node: edge.node, port: edge.port, type: 'any', many: edge.many, slot: edge.index, free: false };
}

function tipOf({ end, verdict, ends }, scene, moving) {
  if (!verdict.ok) return verdict.reason;
  const where = scene.nameOf(end.node);
  if (ends.length > 1) return `${where}: ${ends.length} ports fit`;
  const port = end.port === NEW ? (end.side === 'in' ? 'new output' : 'new input') : end.port;
  const how = verdict.adapter ? ` (by ${verdict.adapter})` : '';
  const edges = [...(scene.into.get(end.node) ?? [])];
  const taken = end.side === 'in' && !end.many && edges.some((e) => e !== moving && e.port === end.port && e.kind !== 'after');
  return `${where} · ${port}${how}${taken ? ', instead of its edge' : ''}`;
}
