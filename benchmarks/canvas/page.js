/** A canvas with a made-up flow of any size, and what a person does to it while the clock runs. */
import { createEditor } from 'weft-canvas';

const PORTS = {
  inputs: [
    { name: 'topic', type: 'any', required: true, many: false, label: 'topic', help: '' },
    { name: 'prompt', type: 'template', required: true, many: false, label: 'prompt', help: '' },
    { name: 'context', type: 'list[messages]', required: false, many: true, label: 'context', help: '' },
  ],
  outputs: [{ name: 'text', type: 'text' }, { name: 'messages', type: 'messages' }],
};
const COLUMN = 420, ROW = 330;

/** A layered flow: square, each node fed by one or two of the column before; the density of a real one. */
function made(count) {
  const rows = Math.ceil(Math.sqrt(count));
  const nodes = {}, ports = {}, places = { inputs: [-400, 0], outputs: [Math.ceil(count / rows) * COLUMN, 0] };
  for (let i = 0; i < count; i++) {
    const id = `n${i}`, before = i - rows;
    const inputs = { topic: 'inputs.topic' };
    if (before >= 0) {
      inputs.topic = `n${before}`;
      inputs.context = [`n${before}`, ...(i % 3 && (before + 1) % rows ? [`n${before + 1}`] : [])];
    }
    nodes[id] = { component: 'prompt', params: { prompt: `Step ${i}: write about {{topic}} and keep to the outline.` }, inputs };
    ports[id] = PORTS;
    places[id] = [Math.floor(i / rows) * COLUMN, (i % rows) * ROW];
  }
  return {
    rev: 0, slug: `bench-${count}`, ports, fits: [], problems: [], saved: true,
    flow: { format: 1, name: 'Bench', inputs: { topic: { type: 'text' } }, outputs: {}, nodes, layout: { nodes: places } },
    components: { prompt: { title: 'Prompt', help: '', color: '#5b6cff', icon: '', category: '' } },
  };
}

const editor = createEditor(document.getElementById('canvas'), { emit() {} });
const frame = () => new Promise(requestAnimationFrame);
const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));

window.bench = {
  editor,
  /** Milliseconds from the snapshot in hand to the picture on the screen. */
  async open(count) {
    sessionStorage.clear();
    const snapshot = made(count);
    await frame();
    const start = performance.now();
    editor.load(snapshot);
    await painted();
    return performance.now() - start;
  },
  /** At life size in the middle of the flow, or all of it. */
  async look(at) {
    const bounds = editor.scene.bounds();
    if (at === 'all') editor.fit();
    else editor.camera.set({ k: 1, x: 700 - (bounds.x0 + bounds.x1) / 2, y: 425 - (bounds.y0 + bounds.y1) / 2 });
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
  visible: () => ({ cards: document.querySelectorAll('.weft-card:not([hidden])').length, nodes: editor.scene.nodeGrid.query(editor.camera.view()).length }),
};
document.documentElement.dataset.ready = 'yes';
