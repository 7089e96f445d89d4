/** What a person does with notes and frames: each is one batch of changes. */
import { COLOURS, LEAST, PADDING, TITLE, keyOf } from './drawn.js';
import { freeId, isFace } from './refs.js';
import { STEP } from './moves.js';

const NOTE = { width: 240, height: 120 };
/** How finely a free place is looked for, and how often. */
const NEAR = 4 * STEP, TRIES = 2000;
const FRAME = { width: 480, height: 320 };
const COLOUR_WORDS = { '': 'plain', accent: 'blue', ok: 'green', warn: 'yellow', error: 'red' };

export class Sketch {
  /** @param {import('./index.js').Editor} editor */
  constructor(editor) { this.editor = editor; }

  addNote(text = '') {
    const { editor } = this;
    const note = { text, ...this.clear(this.placeFor(NOTE), NOTE), ...NOTE, color: 'warn' };
    const id = this.freeId('notes', 'note');
    if (!editor.submit([{ op: 'set-note', id, note }], 'Add a note')) return null;
    this.take(keyOf('note', id), !text);
    return id;
  }

  /** Around what is selected, with room for its title; else where the pointer is. */
  addFrame() {
    const { editor } = this;
    const around = editor.scene.bounds([...editor.selection].filter((id) => !isFace(id)));
    const frame = around
      ? { title: '', x: onGrid(around.x0 - PADDING), y: onGrid(around.y0 - PADDING - TITLE),
        width: onGrid(around.x1 - around.x0 + 2 * PADDING), height: onGrid(around.y1 - around.y0 + 2 * PADDING + TITLE) }
      : { title: '', ...this.placeFor(FRAME), ...FRAME };
    const id = this.freeId('frames', 'frame');
    if (!editor.submit([{ op: 'set-frame', id, frame }], 'Add a frame')) return;
    this.take(keyOf('frame', id), true);
  }

  /** Around the pointer, or the middle, and in view as far as there is room. */
  placeFor({ width, height }) {
    const { editor } = this;
    const { x, y } = editor.pointedOrMiddle(true);
    const { x0, y0, x1, y1 } = editor.camera.view();
    const within = (at, size, from, to) => Math.max(from + PADDING, Math.min(at - size / 2, to - size - PADDING));
    return { x: onGrid(within(x, width, x0, x1)), y: onGrid(within(y, height, y0, y1)) };
  }

  /** The nearest place in view where no card covers it; as it is if there is none. */
  clear(at, { width, height }) {
    const { camera, scene } = this.editor;
    const { x0, y0, x1, y1 } = camera.view();
    const free = ({ x, y }) => !scene.nodeGrid.query({ x0: x - PADDING / 2, y0: y - PADDING / 2, x1: x + width + PADDING / 2, y1: y + height + PADDING / 2 }).length;
    if (free(at)) return at;
    const places = [];
    for (let x = onGrid(x0 + PADDING); x + width + PADDING <= x1; x += NEAR) {
      for (let y = onGrid(y0 + PADDING); y + height + PADDING <= y1; y += NEAR) places.push({ x, y, far: Math.hypot(x - at.x, y - at.y) });
    }
    const { x, y } = places.sort((a, b) => a.far - b.far).slice(0, TRIES).find(free) ?? at;
    return { x, y };
  }

  freeId(section, stem) {
    return freeId(stem, (id) => id in (this.editor.scene.flow.layout?.[section] ?? {}));
  }

  take(key, edit) {
    const { editor } = this;
    editor.select([key]);
    editor.frameNow();
    editor.focusNode(key);
    editor.announce(`Added ${editor.scene.nameOf(key)}.`);
    if (edit) this.edit(key);
  }

  edit(key) {
    const { editor } = this;
    const { drawn } = editor.scene;
    editor.drawnView.edit(key, (text) => {
      if (!drawn.has(key)) { editor.refuse('Somebody has deleted it meanwhile.'); return; }
      const note = drawn.get(key).kind === 'note';
      editor.submit([drawn.change(key, note ? { text } : { title: text.replaceAll('\n', ' ') })], note ? 'Edit a note' : 'Name a frame');
    });
  }

  recolour() {
    const { editor } = this;
    const { drawn } = editor.scene;
    const keys = editor.drawnChosen();
    const next = COLOURS[(COLOURS.indexOf(drawn.get(keys[0]).colour) + 1) % COLOURS.length];
    const changes = keys.map((key) => drawn.change(key, { color: next }));
    if (editor.submit(changes, 'Colour')) editor.announce(`Now ${COLOUR_WORDS[next]}.`);
  }

  /** By keyboard. */
  grow(dx, dy) {
    const { editor } = this;
    const { drawn } = editor.scene;
    const changes = editor.drawnChosen().map((key) => {
      const { w, h } = drawn.boxOf(key);
      const [width, height] = atLeast(drawn.get(key).kind, w + dx * 2 * STEP, h + dy * 2 * STEP);
      return drawn.change(key, { width, height });
    });
    editor.submit(changes, 'Resize');
  }
}

const onGrid = (v) => Math.round(v / STEP) * STEP;
const atLeast = (kind, w, h) => [Math.max(LEAST[kind][0], w), Math.max(LEAST[kind][1], h)];

/** The grip of a note or frame is held. */
export class Resize {
  name = 'resize';

  constructor(editor, at, key) {
    Object.assign(this, { editor, key, origin: editor.camera.toWorld(at), from: editor.scene.drawn.boxOf(key) });
  }

  move({ at, event }) {
    const p = this.editor.camera.toWorld(at), { drawn } = this.editor.scene;
    if (!drawn.has(this.key)) return;
    const snap = (v) => (event.altKey ? Math.round(v) : onGrid(v));
    const w = snap(this.from.w + p.x - this.origin.x), h = snap(this.from.h + p.y - this.origin.y);
    drawn.sizes.set(this.key, atLeast(drawn.get(this.key).kind, w, h));
    this.editor.scene.touch();
  }

  up() {
    const { drawn } = this.editor.scene;
    const size = drawn.sizes.get(this.key);
    drawn.sizes.delete(this.key);
    if (!size || !drawn.has(this.key) || (size[0] === this.from.w && size[1] === this.from.h)) { this.editor.scene.touch(); return; }
    this.editor.submit([drawn.change(this.key, { width: size[0], height: size[1] })], 'Resize');
  }

  cancel() {
    this.editor.scene.drawn.sizes.delete(this.key);
    this.editor.scene.touch();
  }
}
