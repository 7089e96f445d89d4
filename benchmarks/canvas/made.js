/** The made-up flow of the benchmarks, of any size, and the same as boxes and wires for another library. */
import { boxSize, rowCentre } from '/static/canvas/geometry.js';
import { nodeRows } from '/static/canvas/rows.js';

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
export function made(count) {
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

/** The same nodes, sizes, texts, rows and edges, without the two cards of the flow itself and what hangs on them. */
export function asBoxes(count) {
  const { flow } = made(count);
  const boxes = [], wires = [];
  for (const [id, node] of Object.entries(flow.nodes)) {
    const [x, y] = flow.layout.nodes[id];
    const rows = nodeRows(node, PORTS, [], false).rows.map((row, i) => ({
      id: `${row.side}:${row.port}:${row.slot}`, side: row.side, label: row.label, y: rowCentre('node', i),
      extra: row.many ? (row.free ? '+' : String(row.slot + 1)) : '',
    }));
    boxes.push({ id, x, y, ...boxSize('node', rows.length), title: `N${id.slice(1)}`, text: node.params.prompt, rows });
    const wire = (ref, target, output) => {
      if (ref in flow.nodes) wires.push({ source: ref, output: `out:${output}:0`, node: id, input: target });
    };
    wire(node.inputs.topic, 'in:topic:0', 'text');
    (node.inputs.context ?? []).forEach((ref, slot) => wire(ref, `in:context:${slot}`, 'messages'));
  }
  return { boxes, wires };
}
