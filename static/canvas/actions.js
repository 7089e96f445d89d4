/**
 * What a person does to the flow: each makes one batch of changes, whether it came from the pointer, the keyboard,
 * the palette or a button outside.
 */
import { edgeName, removalOf } from './edges.js';
import { layered } from './layout.js';
import { copyNodes, pasteNodes } from './clipboard.js';
import { isFace, freeId } from './refs.js';
import { CARD } from './geometry.js';
import { Wire, endsOf } from './wires.js';

const OFFSET = 40;

export class Actions {
  /** @param {import('./index.js').Editor} editor */
  constructor(editor) {
    this.editor = editor;
    /** Nodes added at the loose end of an edge, until the server has told their ports. */
    this.awaiting = new Map();
    /** What was copied last, for browsers that keep the system's clipboard from us. */
    this.copied = '';
  }

  get scene() { return this.editor.scene; }

  /** Nodes at new places; those the canvas had placed itself are written down with them, so that the drawing a
   *  person has touched stays as it was seen. @param {[string, [number, number]][]} places */
  moveTo(places) {
    if (!places.length) return;
    const positions = { ...this.unwritten(), ...Object.fromEntries(places) };
    const what = places.length === 1 ? this.scene.nameOf(places[0][0]) : `${places.length} nodes`;
    this.editor.submit([{ op: 'move', positions }], `Move ${what}`);
  }

  unwritten() {
    const stored = this.scene.flow.layout?.nodes ?? {};
    return Object.fromEntries([...this.scene.boxes.keys()].filter((id) => !stored[id]).map((id) => [id, this.scene.placeOf(id)]));
  }

  nudge(dx, dy) {
    this.moveTo([...this.editor.selection].map((id) => {
      const [x, y] = this.scene.placeOf(id);
      return [id, [x + dx, y + dy]];
    }));
  }

  /** @param {string} component @param {[number, number]} [at] the middle of the new card, in the world
   *  @param {{node: string, port: string, side: 'in'|'out', type: string}} [from] the loose edge to connect */
  add(component, at = this.editor.asked?.at, from = this.editor.asked?.from) {
    const { editor, scene } = this;
    editor.asked = null;
    const kind = scene.components[component];
    const id = freeId(component, (taken) => taken in (scene.flow.nodes ?? {}));
    const place = this.placeFor(at, from);
    const changes = [{ op: 'add-node', id, node: { component }, at: place }];
    const unwritten = this.unwritten();
    if (Object.keys(unwritten).length) changes.push({ op: 'move', positions: unwritten });
    if (kind?.ports) scene.ports[id] = kind.ports;
    if (from) this.awaiting.set(id, from);
    if (!editor.submit(changes, `Add ${kind?.title || component}`)) return null;
    editor.select([id]);
    editor.focusNode(id);
    editor.announce(`Added ${scene.nameOf(id)}.`);
    if (kind?.ports) this.portsCame({ [id]: kind.ports });
    return id;
  }

  placeFor(at, from) {
    const { camera } = this.editor;
    const w = CARD.width;
    if (at) return [Math.round(at[0] - (from ? (from.side === 'out' ? 0 : w) : w / 2)), Math.round(at[1] - CARD.head / 2)];
    const view = camera.view();
    const [x, y] = [(view.x0 + view.x1) / 2 - w / 2, (view.y0 + view.y1) / 2 - 100];
    return this.besideOthers(Math.round(x / 10) * 10, Math.round(y / 10) * 10);
  }

  /** A place near the wanted one that covers nobody's corner. */
  besideOthers(x, y) {
    const taken = (px, py) => this.scene.nodeGrid
      .query({ x0: px - 16, y0: py - 16, x1: px + 16, y1: py + 16 })
      .some((box) => Math.abs(box.x - px) < 16 && Math.abs(box.y - py) < 16);
    while (taken(x, y)) { x += OFFSET; y += OFFSET; }
    return [x, y];
  }

  /** The server told the ports of nodes: an edge that waited for them is drawn to the first that fits. */
  portsCame(ports) {
    for (const id of Object.keys(ports)) {
      const from = this.awaiting.get(id);
      if (!from || !this.scene.boxes.has(id)) continue;
      this.awaiting.delete(id);
      const box = this.scene.boxes.get(from.node);
      const fixed = box && endsOf(this.scene, from.node, from.side).find((end) => end.port === from.port);
      if (!fixed) continue;
      const wire = new Wire(this.scene, fixed);
      const fits = endsOf(this.scene, id, from.side === 'out' ? 'in' : 'out').filter((end) => wire.verdict(end).ok);
      const best = fits.find((end) => end.type === fixed.type) ?? fits[0];
      if (best) this.editor.connectEnds(wire, best);
    }
  }

  remove() {
    const { editor, scene } = this;
    const edge = scene.edges.get(editor.edge ?? '');
    if (edge) {
      const name = edgeName(edge, (id) => scene.nameOf(id));
      if (editor.submit(removalOf(edge, scene.flow), `Disconnect ${name}`)) editor.announce(`Disconnected ${name}.`);
      return;
    }
    const ids = [...editor.selection].filter((id) => !isFace(id));
    if (!ids.length) {
      if (editor.selection.size) editor.refuse("The cards of the flow's inputs and outputs stay. Remove single inputs in the inspector.");
      return;
    }
    const what = ids.length === 1 ? scene.nameOf(ids[0]) : `${ids.length} nodes`;
    const next = this.neighbour(ids);
    if (!editor.submit(ids.map((id) => ({ op: 'remove-node', id })), `Delete ${what}`)) return;
    editor.announce(`Deleted ${what}.`);
    editor.walkTo(next);
  }

  /** Where the keyboard goes on after nodes are gone. */
  neighbour(ids) {
    const walk = this.scene.walk(), gone = new Set(ids);
    const at = walk.indexOf(ids[0]);
    return walk.slice(at).find((id) => !gone.has(id)) ?? walk.slice(0, at).reverse().find((id) => !gone.has(id));
  }

  /** @returns the selected nodes as text for a clipboard, or '' */
  copy() {
    const ids = [...this.editor.selection].filter((id) => !isFace(id));
    if (!ids.length) return '';
    this.copied = copyNodes(this.scene, ids);
    this.editor.announce(`Copied ${ids.length === 1 ? this.scene.nameOf(ids[0]) : `${ids.length} nodes`}.`);
    return this.copied;
  }

  cut() {
    const text = this.copy();
    if (text) this.remove();
    return text;
  }

  /** @param {string} text @param {{x: number, y: number}|null} at the middle of what is pasted, in the world */
  paste(text, at = null) {
    const { editor, scene } = this;
    const made = pasteNodes(scene, text || this.copied, at, OFFSET);
    if (!made) return false;
    const label = made.ids.length === 1 ? 'Paste a node' : `Paste ${made.ids.length} nodes`;
    for (const [id, ports] of Object.entries(made.ports)) scene.ports[id] = ports;
    if (!editor.submit(made.changes, label)) return true;
    editor.select(made.ids);
    editor.announce(`Pasted ${made.ids.length === 1 ? scene.nameOf(made.ids[0]) : `${made.ids.length} nodes`}.`);
    return true;
  }

  duplicate() {
    const ids = [...this.editor.selection].filter((id) => !isFace(id));
    if (!ids.length) return;
    const made = pasteNodes(this.scene, copyNodes(this.scene, ids), null, OFFSET);
    for (const [id, ports] of Object.entries(made.ports)) this.scene.ports[id] = ports;
    const what = ids.length === 1 ? this.scene.nameOf(ids[0]) : `${ids.length} nodes`;
    if (!this.editor.submit(made.changes, `Duplicate ${what}`)) return;
    this.editor.select(made.ids);
    if (made.ids.length === 1) this.editor.focusNode(made.ids[0]);
    this.editor.announce(`Duplicated ${what}.`);
  }

  /** Place everything anew, because the person asked. */
  arrange() {
    const places = layered(this.scene.flow, (id) => this.scene.boxes.get(id) ?? { w: 0, h: 0 });
    const positions = Object.fromEntries([...places].filter(([id]) => this.scene.boxes.has(id)));
    if (this.editor.submit([{ op: 'move', positions }], 'Arrange the flow')) this.editor.fit();
  }

  /** Another place in the order of a port that takes several. @param {-1|1} by */
  shift(by) {
    const edge = this.scene.edges.get(this.editor.edge ?? '');
    if (!edge?.many) return;
    const refs = [...this.scene.flow.nodes[edge.node].inputs[edge.port]];
    const to = edge.index + by;
    if (to < 0 || to >= refs.length) return;
    refs.splice(to, 0, ...refs.splice(edge.index, 1));
    if (this.editor.submit([{ op: 'reorder', node: edge.node, port: edge.port, refs }], `Reorder ${edge.port}`)) {
      this.editor.announce(`Now number ${to + 1} of ${refs.length}.`);
    }
  }
}
