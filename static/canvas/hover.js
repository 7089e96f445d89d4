/** What the resting pointer is over: looked up once a frame at most. */

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
    editor.stage.tip(badge ? this.problemsOf(badge) : '', at, 'problem');
    if (target?.closest?.('[data-act], .weft-minimap, .weft-chooser')) return this.show(null, '');
    const hit = editor.gestures.hit(at);
    const cursor = hit?.kind === 'port' ? 'port' : hit?.kind === 'edge' ? (hit.end ? 'end' : 'edge') : hit ? 'node' : '';
    return this.show(hit?.kind === 'edge' ? hit.edge.key : null, cursor);
  }

  problemsOf(badge) {
    const id = badge.closest('[data-node]').dataset.node;
    const problems = this.editor.scene.problems.get(id) ?? [];
    return problems.map((p) => (p.hint ? `${p.message} ${p.hint}` : p.message)).join('\n');
  }

  show(edge, cursor) {
    const { root } = this.editor.stage;
    if ((root.dataset.over ?? '') !== cursor) root.dataset.over = cursor;
    const changed = this.edge !== edge;
    this.edge = edge;
    return changed;
  }
}

