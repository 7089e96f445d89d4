/** What a row is called, and what a screen reader hears of it. */
import { pillWord, statusOf } from "weft-canvas/status.js";

/** @param {any} scene @param {import("./rows.js").Row} row */
export function describe(scene, row) {
  if (row.kind === "inner") {
    const name = row.data.title || spoken(row.id.slice(row.id.lastIndexOf("/") + 1));
    return { name, about: titleOf(scene, row.data.component), status: "", word: "", problems: [], color: "", pinned: false, disabled: false };
  }
  if (row.kind === "frame" || row.kind === "note") {
    const { text } = scene.drawn.get(row.id);
    const name = text.trim().split("\n")[0].slice(0, 80) || (row.kind === "frame" ? "Frame" : "Note");
    return { name, about: row.kind === "frame" ? "frame" : "note", status: "", word: scene.reviewed?.words.get(row.id) ?? "", problems: [], color: "", pinned: false, disabled: false };
  }
  const node = scene.flow.nodes?.[row.id];
  const status = node ? statusOf(scene.steps.get(row.id)) : "";
  return {
    name: scene.nameOf(row.id), about: node ? titleOf(scene, node.component) : row.id === "inputs" ? "what the flow is given" : "what the flow gives",
    status, word: scene.reviewed?.words.get(row.id) ?? (status && status !== "idle" ? pillWord(status) : ""), problems: scene.problems.get(row.id) ?? [],
    color: node ? scene.components[node.component]?.color ?? "" : "", pinned: scene.marks?.pinned?.has(row.id) ?? false,
    disabled: !!node?.options?.disabled,
  };
}

/** The whole of it in one sentence. */
export function said(shown) {
  const problems = shown.problems.length;
  return [shown.name, shown.about, shown.word, shown.pinned && "pinned", shown.disabled && "disabled",
    problems && `${problems} ${problems === 1 ? "problem" : "problems"}`].filter(Boolean).join(", ");
}

/** Whether a row has all the words, in its name, id, component, state or problems. */
export function matches(scene, row, words) {
  const shown = describe(scene, row);
  const text = `${shown.name} ${row.id} ${shown.about} ${shown.word} ${shown.problems.map(({ message }) => message).join(" ")}`.toLowerCase();
  return words.every((word) => text.includes(word) || (word === "problem" && shown.problems.length > 0));
}

const titleOf = (scene, component) => scene.components[component]?.title ?? component;
const spoken = (id) => id.replace(/_/g, " ").replace(/^./, (letter) => letter.toUpperCase());
