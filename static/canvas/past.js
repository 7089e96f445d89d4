/**
 * The canvas while it shows a run of the past, or two versions compared: nothing can be changed on it, and on request it draws the revision that
 * the run pinned. What is edited meanwhile, here or elsewhere, is kept aside and drawn on the way back.
 */
import { spread } from './fetching.js';

const RUN = 'This is a run of the past. Go back to now to edit the flow.';

export class Past {
  /** @param {import('./index.js').Editor} editor */
  constructor(editor) {
    this.editor = editor;
    this.on = false;
    /** Whether it isn't a run that is shown, but two versions compared. */
    this.compares = false;
    /** Why nothing can be edited. */
    this.words = '';
    /** The present document's ports and problems, while another revision is drawn. */
    this.ports = null;
    this.problems = null;
    this.wanted = 0;
  }

  /** @param {{url?: string, compares?: boolean, words?: string}|null} message null: back to now; with a `url`, the
   *  revision that is found there @returns {Promise<boolean>} whether it is drawn */
  async show(message) {
    const turn = ++this.wanted;
    this.on = !!message;
    this.compares = !!message?.compares;
    this.words = message?.words ?? RUN;
    this.editor.stage.root.classList.toggle('weft-past', this.on && !this.compares);
    this.editor.stage.root.classList.toggle('weft-compared', this.compares);
    if (!message?.url) { this.restore(); return true; }
    try {
      const response = await fetch(message.url, { headers: { accept: 'application/json' } });
      if (!response.ok) throw new Error(`the server answered ${response.status}`);
      const { flow, ports } = spread(await response.json());
      if (turn !== this.wanted) return false;
      this.draw(flow, ports);
      return true;
    } catch (error) {
      this.editor.tell(`The flow as it was could not be loaded: ${error.message}.`, 'error');
      return false;
    }
  }

  draw(flow, ports) {
    const { scene } = this.editor;
    if (!this.ports) {
      this.ports = { ...scene.ports };
      this.problems = [...scene.problems.values()].flat();
    }
    this.editor.stage.root.classList.add('weft-past-was');
    this.put(flow, ports);
    scene.setProblems([]);
    if (!this.compares) this.editor.fit();
  }

  restore() {
    if (!this.ports) return;
    const { ports, problems, editor } = this;
    this.ports = this.problems = null;
    editor.stage.root.classList.remove('weft-past-was');
    this.put(editor.protocol.view ?? { nodes: {} }, ports);
    editor.scene.setProblems(problems);
    if (!this.compares) editor.fit();
  }

  put(flow, ports) {
    const { editor } = this, gone = Object.keys(editor.scene.ports).filter((id) => !(id in ports));
    editor.scene.show(flow, { ...ports, ...Object.fromEntries(gone.map((id) => [id, null])) });
    editor.dropGone(false);
  }

  /** The present document has changed. @returns whether it is kept aside */
  keeps(ports) {
    if (!this.ports) return false;
    for (const [id, its] of Object.entries(ports)) {
      if (its) this.ports[id] = its; else delete this.ports[id];
    }
    return true;
  }

  /** @returns whether the problems are kept for later */
  keepsProblems(list) {
    if (this.problems) this.problems = list;
    return !!this.problems;
  }

  /** @returns whether an edit is refused, and the person told why */
  refuses() {
    if (this.compares) this.editor.refuse(this.words);
    else if (this.on) this.editor.tell(this.words);
    return this.on;
  }
}
