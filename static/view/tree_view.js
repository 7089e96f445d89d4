/** JSON as a tree: a part of it is asked for when it is unfolded, two hundred lines at a time. */
import { Window } from './window.js';

export const LINE = 24;
const tree = new Window(LINE);

export const treeView = {
  computed: {
    lines() {
      void this.version;
      const [from, to] = tree.range(this.top, this.height, this.nodes.length);
      return this.nodes.slice(from, to).map((node, i) => ({ ...node, at: from + i }));
    },
    tall() { void this.version; return this.nodes.length * LINE; },
  },
  methods: {
    async unfold(node) {
      const path = node ? node.path : [];
      try {
        const found = await this.ask("children", { key: this.key, path, start: node?.from ?? 0 });
        const start = node?.from ?? 0, total = node?.total ?? node?.count ?? this.found.count;
        const lines = found.map((one) => ({ ...one, path: [...path, one.key], id: JSON.stringify([...path, one.key]) }));
        const rest = total - start - found.length;
        if (rest > 0 && found.length) lines.push({ rest, from: start + found.length, total, path: [...path, ""], parent: path, count: 0, id: JSON.stringify([path, "rest"]) });
        if (!node) this.nodes = lines;
        else if (node.rest) this.nodes.splice(this.nodes.findIndex((one) => one.id === node.id), 1, ...lines);
        else { node.shown = true; this.nodes.splice(this.nodes.indexOf(node) + 1, 0, ...lines); }
        this.version += 1;
      } catch (error) { this.said = error.message; }
    },
    fold(node) {
      const at = this.nodes.indexOf(node);
      let end = at + 1;
      while (end < this.nodes.length && this.nodes[end].path.length > node.path.length) end++;
      this.nodes.splice(at + 1, end - at - 1);
      node.shown = false;
      this.version += 1;
    },
    pick({ at }) {
      this.here = at;
      const node = this.nodes[at];
      if (node.rest) this.unfold({ ...node, path: node.parent });
      else if (node.count) node.shown ? this.fold(node) : this.unfold(node);
    },
    climb(event) {
      const node = this.nodes[this.here];
      const by = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity, PageDown: 8, PageUp: -8 }[event.key];
      if (by) this.here = Math.max(0, Math.min(this.nodes.length - 1, this.here + by));
      else if (event.key === "ArrowRight" && node?.count && !node.shown) this.unfold(node);
      else if (event.key === "ArrowLeft" && node?.shown) this.fold(node);
      else if (event.key === "ArrowLeft" && node) this.here = Math.max(0, this.nodes.findLastIndex((one, i) => i < this.here && one.path.length < node.path.length));
      else if ((event.key === "Enter" || event.key === " ") && node) this.pick({ at: this.here });
      else if (event.key === "p" && !event.ctrlKey) this.copyPath();
      else return;
      tree.reveal(this.$refs.tree, this.here);
      event.preventDefault();
      event.stopPropagation();
    },
    place() {
      const path = this.nodes[this.here]?.path ?? [];
      return path.reduce((text, key) => text + (typeof key === "number" ? `[${key}]` : /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`), this.entry.port);
    },
  },
};
