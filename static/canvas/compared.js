/**
 * Two versions of the flow drawn together: the newer one, with all that differs from the older marked on it. Nothing can
 * be edited meanwhile. The view is afterwards as it was before.
 */
import { CARD_ZOOM, SMALL_ZOOM } from './geometry.js';

export class Compared {
  /** @param {import('./index.js').Editor} editor */
  constructor(editor) {
    this.editor = editor;
    this.turn = 0;
    /** The view before. */
    this.before = null;
  }

  /** @param {{url?: string, words?: string, review?: import('./reviewed.js').Review, here?: string}|null} message
   *  null ends it; with only `here`, go there; with a `url`, the newer version is found there, else it is the open one */
  async show(message) {
    const { past, scene, camera } = this.editor;
    if (message?.here !== undefined) { this.go(message.here); return; }
    const turn = ++this.turn;
    if (!message) { this.end(); return; }
    const begins = !this.before;
    this.before ??= { x: camera.x, y: camera.y, k: camera.k };
    const drawn = await past.show({ url: message.url, words: message.words, compares: true });
    if (!drawn || turn !== this.turn) return;
    scene.reviewed.show({ ...message.review, whole: true });
    if (begins) this.editor.fit();
  }

  end() {
    const { past, scene, camera } = this.editor;
    if (past.compares) past.show(null);
    scene.reviewed.show(null);
    if (this.before) camera.set(this.before);
    this.before = null;
  }

  /** Bring a change into view. The keyboard goes along if it is on the canvas. @param {string} id */
  go(id) {
    const { editor } = this, { scene, camera, stage } = editor;
    scene.reviewed.go(id);
    const rect = scene.rectOf(id) ?? scene.reviewed.rectOf(id);
    if (!rect) return;
    if (camera.k < CARD_ZOOM) editor.zoomTo(SMALL_ZOOM, { x: (rect.x0 + rect.x1) / 2, y: (rect.y0 + rect.y1) / 2 });
    camera.reveal(rect);
    if (scene.has(id) && stage.root.contains(document.activeElement)) editor.focusNode(id);
  }
}
