/** What can be done with a row. All but a few of these are the canvas's own actions, done as it does them. */
import { BY_ID, perform } from "weft-canvas/table.js";

const NODE = ["run-only", "run-from", "run-until", "pin", "unpin", "edit-output", null, "connect", "toggle-disabled", "copy", "cut", "duplicate", "delete"];
const DRAWN = ["edit-text", "copy", "duplicate", "delete"];
const ONLY_WHERE = new Set(["pin", "unpin", "edit-output", "edit-text"]);

/**
 * @param {any} editor the canvas @param {import("./rows.js").Row} row
 * @returns {({words: string, keys: string, why: string, act: () => any}|null)[]}
 */
export function entriesFor(editor, row, own) {
  if (row.kind === "inner") return row.slug ? [entry("Open this flow", "Enter", own.open)] : [];
  const first = [entry("Open its form", "Enter", own.open)];
  if (row.kind === "node") first.push(entry("Rename", "F2", own.rename), entry("Add after…", "", () => act(editor, row, "add-after")));
  if (row.kind === "face") return [...first, ...listed(editor, ["connect"])];
  const rest = listed(editor, row.kind === "node" ? NODE : DRAWN);
  const moves = row.kind === "node" && listOf(editor, row.id)
    ? [null, entry("Earlier in its list", "Alt ↑", () => act(editor, row, "earlier")), entry("Later in its list", "Alt ↓", () => act(editor, row, "later"))] : [];
  return [...first, null, ...rest, ...moves];
}

function listed(editor, ids) {
  return ids.map((id) => {
    if (id === null) return null;
    const action = BY_ID.get(id);
    if (!action) return undefined;
    const why = action.when(editor);
    if (why && ONLY_WHERE.has(id)) return undefined;
    return { words: action.words, keys: action.shown, why, act: () => perform(editor, id) };
  }).filter((one) => one !== undefined);
}

const entry = (words, keys, does) => ({ words, keys, why: "", act: does });

/** @param {"add-after"|"earlier"|"later"|"rename"|string} name @param {string} [text] what it is to be called */
export function act(editor, row, name, text = "") {
  if (name === "add-after") return addAfter(editor, row.id);
  if (name === "earlier" || name === "later") return move(editor, row.id, name === "earlier" ? -1 : 1);
  if (name === "rename") return rename(editor, row, text);
  return perform(editor, name);
}

function addAfter(editor, id) {
  const [port] = editor.scene.ports[id]?.outputs ?? [];
  const box = editor.scene.boxes.get(id);
  if (!box) return;
  editor.revealNode(id);
  const { width, height } = editor.camera;
  const at = editor.camera.toScreen({ x: box.x + box.w + 80, y: box.y });
  const inside = { x: Math.min(Math.max(at.x, 20), width - 320), y: Math.min(Math.max(at.y, 20), height - 200) };
  editor.palette(inside, port ? { node: id, port: port.name, side: "out", type: port.type } : null);
}

/** The one list that the node's value goes into, if there is one. */
function listOf(editor, id) {
  const { nodes = {} } = editor.scene.flow;
  const found = [];
  for (const edge of editor.scene.outOf.get(id) ?? []) {
    const refs = nodes[edge.node]?.inputs?.[edge.port];
    if (Array.isArray(refs) && refs.length > 1) found.push({ node: edge.node, port: edge.port, ref: edge.ref, refs });
  }
  return found.length === 1 ? found[0] : null;
}

function move(editor, id, by) {
  const list = listOf(editor, id);
  if (!list) return editor.announce(`${editor.scene.nameOf(id)} is in no list whose order could be changed.`);
  const at = list.refs.indexOf(list.ref);
  const to = at + by;
  const where = `${editor.scene.nameOf(list.node)}, ${list.port}`;
  if (to < 0 || to >= list.refs.length) return editor.announce(`It is the ${by < 0 ? "first" : "last"} in ${where} already.`);
  const refs = [...list.refs];
  refs.splice(to, 0, refs.splice(at, 1)[0]);
  editor.submit([{ op: "reorder", node: list.node, port: list.port, refs }], `Reorder ${list.node}.${list.port}`);
  return editor.announce(`${to + 1} of ${refs.length} in ${where}.`);
}

function rename(editor, row, text) {
  const title = text.trim();
  const { nodes = {} } = editor.scene.flow;
  if (row.kind !== "node" || !(row.id in nodes) || title === (nodes[row.id].title ?? "")) return;
  editor.submit([{ op: "set-title", node: row.id, title }], `Rename ${row.id}`);
  editor.announce(title ? `Renamed to ${title}.` : `Its name is ${editor.scene.nameOf(row.id)} again.`);
}
