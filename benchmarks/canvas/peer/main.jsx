/** The same scene in React Flow, as its documentation advises for large ones: memoised cards with known sizes and ports. */
import { Background, Handle, MiniMap, Position, ReactFlow, ReactFlowProvider, applyNodeChanges, useReactFlow } from '@xyflow/react';
import '@xyflow/react/dist/style.css';
import { memo, useCallback, useState } from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import { asBoxes } from '/bench/made.js';

const frame = () => new Promise(requestAnimationFrame);
const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
const middle = { x: 700, y: 425 };
const all = new URLSearchParams(location.search).has('all');

const Card = memo(function Card({ data }) {
  return (
    <div className="card">
      <div className="head"><i /><b>{data.title}</b><span>idle</span></div>
      {data.rows.map((row) => (
        <div key={row.id}>
          <div className={`row ${row.side}`} style={{ top: row.y }}><span>{row.label}</span><span>{row.extra}</span></div>
          <Handle id={row.id} type={row.side === 'out' ? 'source' : 'target'} position={row.side === 'out' ? Position.Right : Position.Left} style={{ top: row.y }} />
        </div>
      ))}
      <div className="text">{data.text}</div>
    </div>
  );
});
const nodeTypes = { card: Card };

function scene(count) {
  const { boxes, wires } = asBoxes(count);
  const nodes = boxes.map(({ id, x, y, w, h, title, text, rows }) => ({
    id, type: 'card', position: { x, y }, width: w, height: h, data: { title, text, rows },
    handles: rows.map((row) => ({
      id: row.id, type: row.side === 'out' ? 'source' : 'target', position: row.side === 'out' ? Position.Right : Position.Left,
      x: row.side === 'out' ? w - 3 : -3, y: row.y - 3, width: 6, height: 6,
    })),
  }));
  const edges = wires.map(({ source, output, node, input }, i) => ({ id: `e${i}`, source, sourceHandle: output, target: node, targetHandle: input }));
  return { nodes, edges };
}

let flow, view;
function Flow() {
  const [nodes, setNodes] = useState([]);
  const [edges, setEdges] = useState([]);
  flow = useReactFlow();
  view = { nodes, setNodes, setEdges };
  const changed = useCallback((changes) => setNodes((now) => applyNodeChanges(changes, now)), []);
  return (
    <ReactFlow nodes={nodes} edges={edges} onNodesChange={changed} nodeTypes={nodeTypes} minZoom={0.01} panOnDrag={[1]}
      selectionOnDrag onlyRenderVisibleElements={!all} proOptions={{ hideAttribution: true }}>
      <Background />
      <MiniMap />
    </ReactFlow>
  );
}
createRoot(document.getElementById('canvas')).render(<ReactFlowProvider><Flow /></ReactFlowProvider>);

window.bench = {
  async open(count) {
    const { nodes, edges } = scene(count);
    flushSync(() => { view.setNodes([]); view.setEdges([]); });
    await flow.setViewport({ x: 40, y: 200, zoom: 0.66 });
    await frame();
    const start = performance.now();
    flushSync(() => { view.setNodes(nodes); view.setEdges(edges); });
    await painted();
    return performance.now() - start;
  },
  async look(at) {
    const rows = Math.ceil(Math.sqrt(view.nodes.length));
    const w = (Math.ceil(view.nodes.length / rows) - 1) * 420 + 288, h = rows * 330;
    const whole = Math.min(1400 / (w * 1.1), 850 / (h * 1.1));
    const zoom = at === 'all' ? whole : at === 'half' ? whole * 2 : 1;
    await flow.setViewport({ zoom, x: middle.x - (zoom * w) / 2, y: middle.y - (zoom * h) / 2 });
    for (let i = 0; i < 20; i++) await frame();
  },
  async frames(count) {
    await frame();
    const start = performance.now();
    for (let i = 0; i < count; i++) {
      const { x, y, zoom } = flow.getViewport();
      flow.setViewport({ zoom, x: x + (i % 60 < 30 ? -9 : 9), y: y + (i % 60 < 30 ? -4 : 4) });
      await frame();
    }
    return (count * 1000) / (performance.now() - start);
  },
  async choose(count) {
    const { x, y, zoom } = flow.getViewport();
    const at = { x: (middle.x - x) / zoom, y: (middle.y - y) / zoom };
    const far = (n) => Math.hypot(n.position.x + n.width / 2 - at.x, n.position.y + n.height / 2 - at.y);
    const those = [...view.nodes].sort((a, b) => far(a) - far(b)).slice(0, count);
    const chosen = new Set(those.map(({ id }) => id));
    view.setNodes((now) => now.map((n) => (!!n.selected === chosen.has(n.id) ? n : { ...n, selected: chosen.has(n.id) })));
    for (let i = 0; i < 3; i++) await frame();
    const { position, width } = those[0];
    return { x: x + zoom * (position.x + width / 2), y: y + zoom * (position.y + 22) };
  },
  place: (id) => { const { position } = view.nodes.find((n) => n.id === id); return [position.x, position.y]; },
  visible: () => ({ cards: document.querySelectorAll('.react-flow__node').length, nodes: view.nodes.length }),
};
document.documentElement.dataset.ready = 'yes';
