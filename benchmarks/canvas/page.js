/** A canvas with a made-up flow of any size, and what a person does to it while the clock runs. */
import { createEditor } from 'weft-canvas';
import { made } from './made.js';

const editor = createEditor(document.getElementById('canvas'), { emit() {} });
const frame = () => new Promise(requestAnimationFrame);
const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
const middle = { x: 700, y: 425 };

/** Cards by how far their middle is from the middle of the view. */
function nearest() {
  const at = editor.camera.toWorld(middle);
  const far = (b) => Math.hypot(b.x + b.w / 2 - at.x, b.y + b.h / 2 - at.y);
  return [...editor.scene.boxes.values()].filter((b) => b.kind === 'node').sort((a, b) => far(a) - far(b));
}

window.bench = {
  editor,
  /** Milliseconds from the snapshot in hand to the picture on the screen. */
  async open(count) {
    sessionStorage.clear();
    editor.protocol.pending.length = 0;
    const snapshot = made(count);
    await frame();
    const start = performance.now();
    editor.load(snapshot);
    await painted();
    return performance.now() - start;
  },
  /** At life size in the middle of the flow, half of it each way, or all of it. */
  async look(at) {
    const bounds = editor.scene.bounds();
    editor.fit();
    for (let i = 0; i < 20; i++) await frame();
    if (at !== 'all') {
      const k = at === 'half' ? editor.camera.k * 2 : 1;
      editor.camera.set({ k, x: middle.x - k * (bounds.x0 + bounds.x1) / 2, y: middle.y - k * (bounds.y0 + bounds.y1) / 2 });
    }
    for (let i = 0; i < 20; i++) await frame();
  },
  /** Frames a second while every frame pans. */
  async frames(count) {
    await frame();
    const start = performance.now();
    for (let i = 0; i < count; i++) {
      editor.camera.panBy(i % 60 < 30 ? -9 : 9, i % 60 < 30 ? -4 : 4);
      await frame();
    }
    return (count * 1000) / (performance.now() - start);
  },
  /** Select so many nodes around the middle. @returns where on the screen one of them can be taken hold of */
  async choose(count) {
    const those = nearest().slice(0, count);
    editor.select(those.map(({ id }) => id));
    for (let i = 0; i < 3; i++) await frame();
    const { x, y, w } = those[0], { camera } = editor;
    return { x: camera.x + camera.k * (x + w / 2), y: camera.y + camera.k * (y + 22) };
  },
  place: (id) => [editor.scene.boxes.get(id).x, editor.scene.boxes.get(id).y],
  visible: () => ({ cards: document.querySelectorAll('.weft-card:not([hidden])').length, nodes: editor.scene.nodeGrid.query(editor.camera.view()).length }),
};
document.documentElement.dataset.ready = 'yes';
