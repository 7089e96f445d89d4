/** Cards that were put elsewhere by a rule glide there, so that the eye can follow; not with reduced motion. */
const TIME = 260;
const MOST = 400;

export class Glide {
  /** @param {import('./index.js').Editor} editor */
  constructor(editor) {
    this.editor = editor;
    this.ways = null;
  }

  /** @param {() => void} change that moves them */
  run(change) {
    this.end();
    const { scene, still } = this.editor;
    const before = new Map([...scene.boxes.keys()].map((id) => [id, scene.placeOf(id)]));
    change();
    const ways = [...before].filter(([id]) => scene.boxes.has(id)).map(([id, from]) => ({ id, from, to: scene.placeOf(id) }))
      .filter(({ from, to }) => from[0] !== to[0] || from[1] !== to[1]);
    if (still.matches || !ways.length || ways.length > MOST) return;
    this.ways = ways;
    this.began = performance.now();
    this.show(0);
  }

  /** Part of a frame. @returns whether it goes on */
  tick(now) {
    if (!this.ways) return false;
    const t = Math.min(1, (now - this.began) / TIME);
    if (t >= 1) this.end();
    else this.show(1 - (1 - Math.max(0, t)) ** 3);
    return true;
  }

  show(part) {
    this.editor.scene.drag(this.ways.map(({ id, from, to }) => [id, [from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part]]));
  }

  end() {
    if (!this.ways) return;
    this.ways = null;
    this.editor.scene.dropDrag();
  }
}
