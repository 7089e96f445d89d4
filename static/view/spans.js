/** Help as it is written in a docstring: what stands between backticks is code. A functional Vue component. */
import { h } from "vue";

/** @param {{text: string}} props */
export const Prose = ({ text }) => String(text ?? "").split("`").map((part, i, all) => (i % 2 && i < all.length - 1 ? h("code", { class: "w-code" }, part) : i % 2 ? `\`${part}` : part));
Prose.props = ["text"];
