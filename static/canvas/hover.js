/** What the resting pointer is over: looked up once a frame at most. */

import { INPUTS } from './refs.js';
import { outputMeant } from './rows.js';
import { head } from './status.js';

const MOST = 220;

export class Hover {
  /** @param {import('./index.js').Editor} editor */
  constructor(editor) {
    this.editor = editor;
    this.at = null;
    this.target = null;
    /** @type {string|null} key of the edge under the pointer */
    this.edge = null;
  }

  due(at, target) {
    this.at = at;
    this.target = target;
    this.editor.request(false);
  }

  clear() {
    this.at = this.target = null;
    this.editor.stage.tip('');
    this.show(null, '');
  }

  /** Part of a frame. @returns whether the picture changes */
  tick() {
    const { at, target, editor } = this;
    if (!at) return false;
    this.at = null;
    const badge = target?.closest?.('[data-act=problems]');
    if (target?.closest?.('[data-act], .weft-minimap, .weft-chooser')) {
      editor.stage.tip(badge ? this.problemsOf(badge) : '', at, 'problem');
      return this.show(null, '');
    }
    const hit = editor.gestures.hit(at);
    editor.stage.tip(hit?.kind === 'edge' ? this.valueOf(hit.edge) : '', at);
    const cursor = hit?.kind === 'port' ? 'port' : hit?.kind === 'edge' ? (hit.end ? 'end' : 'edge') : hit?.kind === 'drawn' ? hit.part : hit ? 'node' : '';
    return this.show(hit?.kind === 'edge' ? hit.edge.key : null, cursor);
  }

  /** What went through an edge last, as far as it is known here: of the main output the text on the card, of others
   *  what the server has sent along. */
  valueOf(edge) {
    const { scene } = this.editor;
    const step = scene.steps.get(edge.source);
    if (!step || edge.kind === 'after' || (step.status !== 'succeeded' && edge.source !== INPUTS)) return '';
    const ports = scene.ports[edge.source];
    const port = outputMeant(edge.sourcePort, ports, scene.typeOfInput(edge.node, edge.port));
    const main = ports?.outputs[0]?.name ?? port;
    const text = step.outputs?.[port] ?? (port === main ? step.text : '');
    if (!text) return '';
    const what = edge.source === INPUTS || port !== main ? `${scene.nameOf(edge.source)} gave ${port}` : `${scene.nameOf(edge.source)} gave`;
    return `${what}\n${head(text, MOST)}`;
  }

  /** The same for who has no pointer to rest: shown for a while beside the edge. @param {{x: number, y: number}} [at] */
  tell(edge, at) {
    const text = this.valueOf(edge);
    if (!text) return '';
    const { stage, camera } = this.editor;
    const { curve } = edge;
    if (curve) stage.tip(text, at ?? camera.toScreen({ x: (curve.x1 + curve.x2) / 2, y: (curve.y1 + curve.y2) / 2 }));
    stage.holdTip();
    return text;
  }

  problemsOf(badge) {
    const id = badge.closest('[data-node]').dataset.node;
    const problems = this.editor.scene.problems.get(id) ?? [];
    return problems.map((p) => (p.hint ? `${p.message} ${p.hint}` : p.message)).join('\n');
  }

  /** While something is dragged over the canvas from outside. @param {import('./edges.js').Edge|null} edge */
  pointEdge(edge) {
    if (this.show(edge?.key ?? null, '')) this.editor.request();
  }

  show(edge, cursor) {
    const { root } = this.editor.stage;
    if ((root.dataset.over ?? '') !== cursor) root.dataset.over = cursor;
    const changed = this.edge !== edge;
    this.edge = edge;
    return changed;
  }
}
