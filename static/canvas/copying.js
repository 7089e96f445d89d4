/** Copying, cutting, pasting, duplicating: the part of the actions that deals with the system's clipboard. */
import { copyNodes, readCopied, pasteNodes } from './clipboard.js';
import { isFace } from './refs.js';

const OFFSET = 40;
const MOST_TEXT = 64_000;

export class Copying {
  /** The selected nodes, notes and frames, or the focused one. */
  picked() {
    const { editor } = this;
    const focused = editor.focused();
    const ids = editor.selection.size ? [...editor.selection] : focused ? [focused] : [];
    return ids.filter((id) => !isFace(id) && this.scene.has(id));
  }

  /** @returns the selection as text for a clipboard, or '' */
  copy() {
    const ids = this.picked();
    if (!ids.length) return '';
    this.copied = copyNodes(this.scene, ids, this.editor.slug);
    this.editor.announce(`Copied ${this.counted(ids)}.`);
    return this.copied;
  }

  cut() {
    const text = this.copy();
    if (text) this.remove();
    return text;
  }

  counted(ids) {
    if (ids.length === 1) return this.scene.nameOf(ids[0]);
    return ids.some((id) => this.scene.drawn.has(id)) ? `${ids.length} things` : `${ids.length} nodes`;
  }

  /** From a menu: the browser may keep the clipboard from us, then our own copy is there still. @param {'copy'|'cut'} how */
  async toClipboard(how) {
    const text = this[how]();
    if (text) await navigator.clipboard?.writeText(text).catch(() => this.editor.announce('Copied for this tab only.'));
  }

  async fromClipboard() {
    const at = this.editor.pointed();
    const text = await navigator.clipboard?.readText().catch(() => '') ?? '';
    if (!text && !this.copied) this.editor.refuse('The clipboard is empty, or the browser keeps it: press Ctrl+V instead.');
    else this.paste(text, at);
  }

  /** @param {string} text @param {{x: number, y: number}|null} at the middle of what is pasted, in the world
   *  @returns {boolean} whether it was for us */
  paste(text, at = null) {
    const { editor } = this;
    const { copied, why } = readCopied(text || this.copied);
    if (why) { editor.refuse(why); return true; }
    if (!copied) return this.pasteText(text, at);
    const outside = copied.slug !== editor.slug ? pasteNodes(this.scene, copied, at, OFFSET).outside : 0;
    if (!outside) { this.put(copied, at, true); return true; }
    const edges = outside === 1 ? 'the edge' : `the ${outside} edges`;
    editor.choose('This flow has nodes of the same names', [
      { label: 'Paste alone', detail: `Without ${edges} from outside`, value: false },
      { label: 'Paste and connect', detail: `With ${edges} from what is called the same here`, value: true },
    ], at ? editor.camera.toScreen(at) : editor.middle(), (connect) => this.put(copied, at, connect));
    return true;
  }

  put(copied, at, connect) {
    const { editor, scene } = this;
    const made = pasteNodes(scene, copied, at, OFFSET, connect);
    const label = made.ids.length === 1 ? 'Paste a node' : `Paste ${made.ids.length} nodes`;
    for (const [id, ports] of Object.entries(made.ports)) scene.ports[id] = ports;
    if (!editor.submit(made.changes, label)) return;
    editor.select(made.ids);
    editor.seeSelection();
    editor.announce(`Pasted ${this.counted(made.ids)}.`);
  }

  /** Any other text becomes a prompt, if there is such a component; else a note. */
  pasteText(text, at) {
    const { editor, scene } = this;
    const words = (text ?? '').trim();
    if (!words) return false;
    if (words.length > MOST_TEXT) { editor.refuse(`This text is too long to paste: ${words.length.toLocaleString('en')} characters, ${MOST_TEXT.toLocaleString('en')} at most.`); return true; }
    const key = Object.keys(scene.components).find((name) => name.split('@')[0] === 'prompt');
    if (!key) return !!editor.sketch.addNote(words);
    const id = this.freeNode('prompt');
    const node = { component: key, params: { prompt: words } };
    const middle = at ? [at.x, at.y] : undefined;
    if (!editor.submit([{ op: 'add-node', id, node, at: this.placeFor(middle) }], 'Paste a prompt')) return true;
    editor.select([id]);
    editor.announce('Pasted the text as a prompt.');
    return true;
  }

  duplicate() {
    const ids = this.picked();
    if (!ids.length) return;
    const { editor, scene } = this;
    const { copied } = readCopied(copyNodes(scene, ids, editor.slug));
    const made = pasteNodes(scene, copied, null, OFFSET);
    for (const [id, ports] of Object.entries(made.ports)) scene.ports[id] = ports;
    const what = this.counted(ids);
    if (!editor.submit(made.changes, `Duplicate ${what}`)) return;
    editor.select(made.ids);
    if (made.ids.length === 1) editor.focusNode(made.ids[0]);
    editor.announce(`Duplicated ${what}.`);
  }
}
