/**
 * What a person does to the flow: each makes one batch of changes, whether it came from the pointer, the keyboard,
 * the palette or a button outside.
 */
import { drawing, framesAround, placed } from './arranging.js';
import { edgeName, removalOf } from './edges.js';
import { Copying } from './copying.js';
import { isDrawn } from './drawn.js';
import { isFace, freeId } from './refs.js';
import { CARD } from './geometry.js';
import { arrange } from './layering.js';
import { firstWire, splice, typesOf } from './splicing.js';
import { Wire, endsOf } from './wires.js';

const OFFSET = 40;
/** More cards are arranged beside the page. */
const AT_ONCE = 1000;

export class Actions extends Copying {
  /** @param {import('./index.js').Editor} editor */
  constructor(editor) {
    super();
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
    const what = places.length === 1 ? this.scene.nameOf(places[0][0]) : `${places.length} nodes`;
    this.editor.submit(this.moved(places), `Move ${what}`);
  }

  /** The changes that put nodes, notes and frames at places. */
  moved(places) {
    const nodes = places.filter(([id]) => !isDrawn(id));
    const drawn = places.filter(([id]) => isDrawn(id)).map(([id, [x, y]]) => this.scene.drawn.change(id, { x, y }));
    if (!nodes.length) return drawn;
    return [{ op: 'move', positions: { ...this.unwritten(), ...Object.fromEntries(nodes) } }, ...drawn];
  }

  /** As `moveTo`, for an arrangement: what stands so already is no change. */
  lay(places, label) {
    if (!places.length) { this.editor.announce('They stand so already.'); return; }
    if (this.editor.submit(this.moved(places), label)) this.editor.announce(`${label}.`);
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
  add(component, at = this.editor.asked?.at, from = this.editor.asked?.from, edge = this.editor.asked?.edge) {
    const { editor, scene } = this;
    editor.asked = null;
    if (edge && scene.edges.has(edge)) return this.addOn(scene.edges.get(edge), component, at);
    const kind = scene.components[component];
    const id = this.freeNode(component);
    const place = this.placeFor(at, from);
    const changes = [{ op: 'add-node', id, node: { component }, at: place }];
    const unwritten = this.unwritten();
    if (Object.keys(unwritten).length) changes.push({ op: 'move', positions: unwritten });
    const wired = from && kind?.ports ? firstWire(scene, id, kind.ports, from) : null;
    if (wired) changes.push(...wired);
    if (kind?.ports) scene.ports[id] = kind.ports;
    if (from && !wired) this.awaiting.set(id, from);
    if (!editor.submit(changes, `Add ${kind?.title || component}`)) return null;
    editor.select([id]);
    editor.focusNode(id);
    editor.announce(`Added ${scene.nameOf(id)}.`);
    if (kind?.ports) this.portsCame({ [id]: kind.ports });
    return id;
  }

  /** A new node on an edge, in one batch; one that doesn't fit is added beside it, and the person told why. */
  addOn(edge, component, at) {
    const { editor, scene } = this;
    const kind = scene.components[component];
    const id = this.freeNode(component);
    const spliced = splice(scene, edge, id, component, kind?.ports);
    const changes = [{ op: 'add-node', id, node: { component }, at: this.placeFor(at) }, ...spliced.changes];
    const unwritten = this.unwritten();
    if (Object.keys(unwritten).length) changes.push({ op: 'move', positions: unwritten });
    if (kind?.ports) scene.ports[id] = kind.ports;
    const label = spliced.why ? `Add ${kind?.title || component}` : `Insert ${kind?.title || component}`;
    if (!editor.submit(changes, label)) return null;
    editor.select([id]);
    editor.focusNode(id);
    if (spliced.why) editor.refuse(spliced.why);
    else editor.announce(`Inserted ${scene.nameOf(id)}.`);
    return id;
  }

  /** A node that has no edges was dropped on one. @param {[string, [number, number]][]} places where it is then */
  spliceIn(id, edge, places) {
    const { editor, scene } = this;
    const { component, inputs } = scene.flow.nodes[id];
    const { why, changes } = splice(scene, edge, id, component, scene.ports[id], inputs);
    if (why) {
      this.moveTo(places);
      editor.refuse(why);
    } else editor.submitBatch({ changes: [...this.moved(places), ...changes], label: `Insert ${scene.nameOf(id)}` });
  }

  /** Whether a node could be put on an edge: it has none yet. */
  isLoose(id) {
    return id in (this.scene.flow.nodes ?? {}) && !this.scene.into.get(id)?.size && !this.scene.outOf.get(id)?.size;
  }

  /** What the edge carries and what it is taken as: for a list of components that fit between. */
  typesOf(edge) { return typesOf(this.scene, edge); }

  /** All off if any is on, else all on. */
  toggleDisabled() {
    const { editor, scene } = this;
    const ids = editor.chosen();
    const off = ids.some((id) => !scene.flow.nodes[id].options?.disabled);
    const changes = ids.filter((id) => !!scene.flow.nodes[id].options?.disabled !== off).map((node) => {
      const { disabled: _, ...options } = scene.flow.nodes[node].options ?? {};
      return { op: 'set-options', node, options: off ? { ...options, disabled: true } : options };
    });
    const what = ids.length === 1 ? scene.nameOf(ids[0]) : `${ids.length} nodes`;
    editor.submitBatch({ changes, label: `${off ? 'Disable' : 'Enable'} ${what}` });
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
    const ids = this.picked();
    if (!ids.length) {
      if (editor.selection.size) editor.refuse("The cards of the flow's inputs and outputs stay. Remove single inputs in the inspector.");
      return;
    }
    const what = this.counted(ids);
    const next = this.neighbour(ids);
    const gone = ids.map((id) => (isDrawn(id) ? scene.drawn.change(id, null) : { op: 'remove-node', id }));
    if (!editor.submit(gone, `Delete ${what}`)) return;
    editor.announce(`Deleted ${what}.`);
    editor.walkTo(next);
  }

  freeNode(wish) { return freeId(wish, (taken) => taken in (this.scene.flow.nodes ?? {})); }

  /** Where the keyboard goes on after nodes are gone. */
  neighbour(ids) {
    const walk = this.scene.walk(), gone = new Set(ids);
    const at = walk.indexOf(ids[0]);
    return walk.slice(at).find((id) => !gone.has(id)) ?? walk.slice(0, at).reverse().find((id) => !gone.has(id));
  }

  /** Place everything anew, or only these, because the person asked. @param {string[]|null} [ids] */
  arrange(ids = null) {
    const what = drawing(this.scene, ids);
    if (what.cards.length > AT_ONCE) this.editor.arrangement.begin(what, (places) => this.stand(places, ids));
    else this.stand(arrange(what.cards, what.lines), ids);
  }

  stand(drawn, ids) {
    const { editor, scene } = this;
    const places = placed(scene, drawn, ids);
    if (!places.length) { editor.announce('They stand so already.'); return; }
    const moves = [{ op: 'move', positions: { ...this.unwritten(), ...Object.fromEntries(places) } }, ...framesAround(scene, places)];
    editor.glide(() => {
      if (!editor.submit(moves, ids ? `Arrange ${ids.length} nodes` : 'Arrange the flow')) return;
      if (!ids) editor.fit();
    });
    editor.announce(ids ? `Arranged ${ids.length} nodes.` : 'Arranged the flow.');
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
