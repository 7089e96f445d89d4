/** What the resting pointer is over: looked up once a frame at most. */

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

  /** What went through an edge last, if it is known here. */
  valueOf(edge) {
    const { scene } = this.editor;
    const step = scene.steps.get(edge.source);
    const text = step?.outputs?.[edge.sourcePort ?? ''] ?? (edge.sourcePort === null || mainOf(scene, edge) ? step?.text : '');
    return text && step.status === 'succeeded' ? `${scene.nameOf(edge.source)} gave\n${head(text, MOST)}` : '';
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

const mainOf = (scene, edge) => scene.ports[edge.source]?.outputs[0]?.name === edge.sourcePort;
