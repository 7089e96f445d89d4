/**
 * The client's half of the conversation about one document. The server's document is authoritative: `base` is what
 * it has confirmed, at `rev`; `pending` are our own batches that it hasn't answered yet. What the person sees is
 * always `base` with `pending` applied again on top, so a refusal, or somebody else's edit in between, needs no
 * inverse: the batch is left out, or the others are applied to another base.
 *
 * @typedef {Record<string, any>} Flow
 * @typedef {{op_id: string, base_rev: number, changes: any[], label: string}} Batch
 * @typedef {{rev: number, op_id?: string, mine?: boolean, changes: any[], ports?: Record<string, any>,
 *   problems?: any[]}} Applied
 */
import { Refused, apply } from './changes.js';

export class Protocol {
  /**
   * @param {{send: (batch: Batch) => void, show: (flow: Flow, ports?: Record<string, any>) => void,
   *   problems: (list: any[]) => void, refused: (message: string) => void, resync: () => void}} host
   */
  constructor(host) {
    this.host = host;
    /** @type {Flow|null} */
    this.base = null;
    this.rev = -1;
    /** @type {Batch[]} */
    this.pending = [];
    /** What arrived before the first snapshot. @type {Applied[]} */
    this.early = [];
    this.count = 0;
    this.session = crypto.getRandomValues(new Uint32Array(2)).join('-');
  }

  /** A whole document, at the start or after a gap. Unanswered batches are put on top and sent once more: their
   *  `op_id` lets the server know those it has already. */
  load({ rev, flow, op_ids: known = [] }) {
    this.base = flow;
    this.rev = rev;
    const already = new Set(known);
    this.pending = this.pending.filter((batch) => !already.has(batch.op_id));
    const view = this.replay();
    const early = this.early.splice(0);
    this.resend();
    this.host.show(view);
    for (const message of early) if (message.rev > this.rev) this.applied(message);
  }

  resend() {
    for (const batch of this.pending) this.host.send(batch);
  }

  /**
   * One batch, at a gesture's end: shown at once, sent once.
   * @param {any[]} changes @param {string} label
   * @returns {boolean} whether it could be applied here
   */
  submit(changes, label) {
    if (!changes.length || !this.base) return false;
    let view;
    try {
      view = apply(this.view, changes);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.host.refused(error.message);
      return false;
    }
    const batch = { op_id: `${this.session}-${++this.count}`, base_rev: this.rev, changes, label };
    this.pending.push(batch);
    this.view = view;
    this.host.show(view);
    this.host.send(batch);
    return true;
  }

  /** The server has applied a batch: ours, which is its acknowledgement, or another tab's. @param {Applied} message */
  applied(message) {
    if (!this.base) { this.early.push(message); return; }
    const { rev, op_id: id, changes, ports = {}, problems } = message;
    if (rev <= this.rev) {
      if (this.forget(id)) this.host.show(this.replay());
      return;
    }
    if (rev > this.rev + 1) { this.host.resync(); return; }
    const head = this.pending[0];
    const ours = !!id && head?.op_id === id;
    try {
      this.base = apply(this.base, changes);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.host.resync();
      return;
    }
    this.rev = rev;
    if (ours) this.pending.shift();
    else this.forget(id);
    this.host.show(ours && same(head.changes, changes) ? this.view : this.replay(), ports);
    if (problems) this.host.problems(problems);
  }

  /** The server wouldn't: what we had shown is taken back, and the person told why. */
  refused({ op_id: id, message }) {
    if (!this.forget(id)) return;
    this.host.show(this.replay());
    this.host.refused(message);
  }

  forget(id) {
    const at = this.pending.findIndex((batch) => batch.op_id === id);
    if (at >= 0) this.pending.splice(at, 1);
    return at >= 0;
  }

  /** `base` and every pending batch that still can be applied: a deletion elsewhere wins over our edit. */
  replay() {
    let view = this.base;
    for (const batch of this.pending) {
      try {
        view = apply(view, batch.changes);
      } catch (error) {
        if (!(error instanceof Refused)) throw error; // the server will refuse it too, and say so
      }
    }
    this.view = view;
    return view;
  }
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
