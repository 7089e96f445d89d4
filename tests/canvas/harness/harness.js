/**
 * The canvas with a small server beside it: it applies batches in order, gives ports to nodes, and can be told to
 * hold its answers, to refuse, or to play another tab. `window.weft` is what the tests use.
 */
import { createEditor } from 'weft-canvas';
import { Refused, apply } from 'weft-canvas/changes.js';
import { COMPONENTS, FITS, portsOf } from './components.js';

class Server {
  constructor() {
    this.rev = 0;
    this.events = [];
    this.holding = false;
    this.held = [];
    this.refusal = '';
  }

  open(slug, flow) {
    this.slug = slug;
    this.flow = flow;
    this.rev = 0;
    this.events.length = 0;
    this.editor.load(this.snapshot());
  }

  snapshot() {
    const ports = Object.fromEntries(Object.entries(this.flow.nodes ?? {}).map(([id, node]) => [id, portsOf(node)]).filter(([, p]) => p));
    return {
      rev: this.rev, slug: this.slug, flow: structuredClone(this.flow), ports, components: COMPONENTS, fits: FITS,
      problems: this.problems ?? [], saved: true,
    };
  }

  hear(name, payload) {
    this.events.push({ name, payload: structuredClone(payload) });
    if (name === 'ops') {
      if (this.holding) this.held.push(payload);
      else queueMicrotask(() => this.answer(payload));
    }
  }

  answer({ op_id, changes }) {
    if (this.refusal) {
      const message = this.refusal;
      this.refusal = '';
      this.editor.refused({ op_id, message, rev: this.rev });
      return;
    }
    try {
      this.change(changes, { op_id, mine: true });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.editor.refused({ op_id, message: error.message, rev: this.rev });
    }
  }

  /** Somebody's batch: ours when it has our op_id. */
  change(changes, { op_id = '', mine = false } = {}) {
    const before = this.flow;
    this.flow = apply(before, changes);
    this.rev++;
    const ports = {};
    for (const [id, node] of Object.entries(this.flow.nodes)) {
      if (node !== before.nodes?.[id]) ports[id] = portsOf(node);
    }
    this.editor.applied({ rev: this.rev, op_id, mine, changes, ports, problems: this.problems ?? [] });
  }

  release() {
    this.holding = false;
    for (const batch of this.held.splice(0)) this.answer(batch);
  }

  ops() { return this.events.filter((e) => e.name === 'ops').flatMap((e) => e.payload.changes); }
  commands() { return this.events.filter((e) => e.name === 'command').map((e) => e.payload); }
  lastSelect() { return this.events.filter((e) => e.name === 'select').at(-1)?.payload ?? null; }
}

let server, editor;

/** A new canvas and a new server in the same page, as after a reload. */
function restart(options = {}) {
  editor?.destroy();
  server = new Server();
  const heard = server;
  editor = createEditor(document.getElementById('canvas'), { emit: (name, payload) => heard.hear(name, payload), ...options });
  server.editor = editor;
  Object.assign(window.weft, { editor, server });
}

/** Where things are on the page, for the pointer. */
function where(id, port, slot = 0, side = null) {
  const box = editor.scene.boxes.get(id);
  const { left, top } = editor.stage.root.getBoundingClientRect();
  const at = (p) => { const s = editor.camera.toScreen(p); return [s.x + left, s.y + top]; };
  if (port === undefined) return at({ x: box.x + box.w / 2, y: box.y + 18 });
  const row = box.rows.findIndex((r) => r.port === port && r.slot === slot && (!side || r.side === side));
  return at({ x: box.rows[row].side === 'out' ? box.x + box.w : box.x, y: box.y + geometry.rowCentre(box.kind, row) });
}

const geometry = await import('weft-canvas/geometry.js');
const frames = (n = 2) => new Promise((done) => {
  const next = () => (n-- > 0 ? requestAnimationFrame(next) : done());
  next();
});

window.weft = { restart, where, frames, geometry, module: (name) => import(`weft-canvas/${name}.js`) };
restart();
document.documentElement.dataset.ready = 'yes';
