/**
 * What differs between two revisions, drawn on the newer one: cards that came or were changed are marked, by colour and
 * by word; nodes and edges that went stand where they were. All of it is seen and never touched.
 *
 * @typedef {{ref: string, node: string, port: string}} Wire `port` is '' for an order, `node` `outputs` for an output
 * @typedef {{added: string[], changed: string[], removed: {id: string, title: string, at: [number, number]}[],
 *   came: Wire[], gone: Wire[], here: string}} Review `here` is the node that one has come to
 */
import { edgeKey } from './edges.js';
import { Ghosts } from './ghosts.js';
import { OUTPUTS } from './refs.js';

export class Reviewed {
  constructor(scene) {
    this.scene = scene;
    this.gone = new Ghosts(scene);
    this.clear();
  }

  clear() {
    this.on = false;
    this.here = '';
    /** @type {Map<string, 'added'|'changed'>} */
    this.words = new Map();
    /** The keys of edges that came. */
    this.came = new Set();
    this.gone.clear();
  }

  /** @param {Review|null} review null: nothing is compared */
  show(review) {
    const { scene } = this;
    for (const id of this.words.keys()) scene.stale.add(id);
    this.clear();
    if (review) {
      this.on = true;
      this.here = review.here;
      for (const word of ['changed', 'added']) for (const id of review[word]) this.words.set(id, word);
      for (const wire of review.came) for (const key of keysOf(wire)) this.came.add(key);
      const removed = review.removed.map((node) => ({ ...node, by: '', refs: [] }));
      const edges = review.gone.map(({ ref, node, port }) => ({ from: ref, to: port ? `${node}.${port}` : node }));
      this.gone.show({ nodes: removed, edges });
    }
    for (const id of this.words.keys()) scene.stale.add(id);
    scene.touch();
  }

  /** The classes of a node's card. */
  classes(id) {
    const word = this.words.get(id);
    return word ? `weft-${word}${this.here === id ? ' weft-here' : ''}` : '';
  }
}

function keysOf({ ref, node, port }) {
  if (node === OUTPUTS) return [edgeKey('output', OUTPUTS, port, ref)];
  return [port ? edgeKey('data', node, port, ref) : edgeKey('after', node, '', ref)];
}

/** The elements of nodes that went, in the layer of the cards. */
export class GoneCards {
  constructor(world, scene) {
    this.world = world;
    this.scene = scene;
    /** @type {Map<string, HTMLElement>} */
    this.shown = new Map();
  }

  sync() {
    const { reviewed } = this.scene;
    if (!reviewed.on && !this.shown.size) return;
    const { boxes } = reviewed.gone;
    for (const [id, el] of this.shown) if (!boxes.has(id)) { el.remove(); this.shown.delete(id); }
    for (const [id, box] of boxes) {
      const el = this.shown.get(id) ?? this.make(id, box);
      const name = `weft-ghost weft-removed${reviewed.here === id ? ' weft-here' : ''}`;
      if (el.className !== name) el.className = name;
      const place = `translate(${box.x}px, ${box.y}px)`;
      if (el.style.transform !== place) Object.assign(el.style, { transform: place, width: `${box.w}px`, height: `${box.h}px` });
    }
  }

  make(id, { title }) {
    const el = document.createElement('div'), name = document.createElement('b'), word = document.createElement('span');
    name.textContent = title;
    word.textContent = '− removed';
    el.setAttribute('role', 'img');
    el.setAttribute('aria-label', `${title}, removed`);
    el.append(name, word);
    this.shown.set(id, el);
    this.world.append(el);
    return el;
  }
}
