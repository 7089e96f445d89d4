/**
 * The steps of a run as a timeline: a line each, nested ones below the step they belong to, folded until asked for.
 * A bar says when a step could run (thin), and when it ran (full). The server sends the lines that changed, by path;
 * only those in view are in the page, so that ten thousand are as light as ten.
 *
 * @typedef {{path: string, title: string, status: string, ready: number|null, started: number|null,
 *   seconds: number|null, note: string}} Line
 */
import { duration } from "weft-view";

const WORDS = {
  waiting: "waiting", ready: "waiting", running: "running", succeeded: "done", failed: "failed",
  skipped: "skipped", cancelled: "cancelled", paused: "asks you", later: "not yet",
};
const HEIGHT = 32; // of a line, as in the style sheet
const SPARE = 6; // lines kept above and below the view

/** The step that a nested one belongs to: `map` for `map[3]/say`; "" for those of the flow itself. */
export function parentOf(path) {
  const at = path.lastIndexOf("/");
  return at < 0 ? "" : path.slice(0, at).replace(/\[\d+\]$/, "");
}

/** The lines that are shown, parents before children, with their depth. */
export function unfolded(children, open, parent = "", depth = 0, found = []) {
  for (const path of children.get(parent) ?? []) {
    const inner = children.has(path);
    found.push({ path, depth, inner });
    if (inner && open.has(path)) unfolded(children, open, path, depth + 1, found);
  }
  return found;
}

export default {
  props: { label: String, selected: { type: String, default: "" }, empty: { type: String, default: "" } },
  emits: ["choose"],
  data() {
    // `here` is the line chosen, at once; the server's word for it, `selected`, comes a little later.
    return { version: 0, top: 0, height: 400, now: 0, here: this.selected };
  },
  created() {
    this.clear();
    this.told = []; // what we chose, and the server hasn't said back yet
  },
  computed: {
    rows() {
      void this.version;
      return unfolded(this.children, this.open);
    },
    first() {
      return Math.max(0, Math.floor(this.top / HEIGHT) - SPARE);
    },
    shown() {
      const last = Math.ceil((this.top + this.height) / HEIGHT) + SPARE;
      return this.rows.slice(this.first, last).map((row) => ({ ...row, ...this.lines.get(row.path) }));
    },
    span() {
      void this.version;
      return Math.max(this.fixed || Math.max(this.now, this.latest), 0.001);
    },
  },
  watch: {
    selected(path) {
      const said = this.told.indexOf(path);
      if (said >= 0 && this.told.splice(0, said + 1) && this.told.length) return; // we have chosen another since
      this.here = path;
      this.show(path);
    },
  },
  template: `
    <div class="w-steps" role="tree" :aria-label="label" tabindex="0" :aria-activedescendant="active()" @keydown="keydown" @scroll="scrolled">
      <div v-if="!rows.length" class="w-empty">{{ empty }}</div>
      <div :style="{ height: rows.length * ${HEIGHT} + 'px', position: 'relative' }" role="presentation">
        <div v-for="(line, i) in shown" :key="line.path" class="w-step" role="treeitem" :data-step="line.path" :id="idOf(line.path)"
          :aria-selected="line.path === here" :aria-level="line.depth + 1" :aria-expanded="line.inner ? isOpen(line) : undefined"
          :aria-label="line.title + ', ' + word(line)"
          :class="'w-step--' + line.status" :style="{ top: (first + i) * ${HEIGHT} + 'px', paddingLeft: 10 + 16 * line.depth + 'px', '--w-indent': 16 * line.depth + 'px' }"
          @click="choose(line.path)">
          <button v-if="line.inner" type="button" class="w-step-fold" tabindex="-1" :title="isOpen(line) ? 'Fold' : 'Unfold'"
            @click.stop="toggle(line.path)"><span class="w-icon w-icon--small" :class="isOpen(line) ? 'w-icon--chevron' : 'w-icon--chevron-right'"></span></button>
          <span class="w-dot" :class="'w-dot--' + line.status"></span>
          <span class="w-step-title" :title="line.title">{{ line.title }}</span>
          <span class="w-step-bar" aria-hidden="true"><i class="w-step-wait" :style="wait(line)"></i><i class="w-step-ran" :style="ran(line)"></i></span>
          <span class="w-step-note">{{ line.note }}</span>
          <span class="w-step-figures">{{ duration(line.seconds) }}</span>
          <span class="w-step-status">{{ word(line) }}</span>
        </div>
      </div>
    </div>
  `,
  mounted() {
    this.sizes = new ResizeObserver(() => { this.height = this.$el.clientHeight; });
    this.sizes.observe(this.$el);
  },
  beforeUnmount() {
    this.sizes.disconnect();
  },
  methods: {
    duration,
    word: (line) => WORDS[line.status] || line.status,
    idOf: (path) => `w-step-${path.replace(/[^\w]/g, "_")}`,
    isOpen(line) { return this.open.has(line.path); },
    active() { return this.here ? this.idOf(this.here) : undefined; },
    /** Lines are kept outside what Vue watches: it would make a proxy of each. */
    clear() {
      this.lines = new Map();
      this.children = new Map();
      this.open = new Set();
      this.latest = 0;
      this.fixed = 0;
    },
    /** @param {number} fixed how long a past run took: then `now` is the moment that is shown of it */
    reset(lines, now = 0, fixed = 0) {
      this.clear();
      this.patch(lines, now, fixed);
      this.show(this.here, false);
    },
    patch(lines, now = this.now, fixed = this.fixed) {
      this.fixed = fixed;
      for (const line of lines) {
        if (!this.lines.has(line.path)) this.add(line.path);
        this.lines.set(line.path, line);
        if (line.started !== null) this.latest = Math.max(this.latest, line.started + (line.seconds ?? 0));
      }
      this.now = this.fixed || this.running() ? now : 0;
      this.version += 1;
    },
    add(path) {
      const parent = parentOf(path);
      if (!this.children.has(parent)) this.children.set(parent, []);
      this.children.get(parent).push(path);
    },
    running() {
      for (const path of this.children.get("") ?? []) if (this.lines.get(path).status === "running") return true;
      return false;
    },
    wait(line) {
      const end = line.started ?? (line.status === "waiting" ? this.until() : line.ready);
      return line.ready === null || line.ready === undefined ? { width: 0 } : this.place(line.ready, end);
    },
    ran(line) {
      if (line.started === null || line.started === undefined) return { width: 0 };
      return this.place(line.started, line.seconds === null ? this.until() : line.started + line.seconds);
    },
    /** Where the bars of what still goes on end. */
    until() {
      return this.fixed ? this.now : this.span;
    },
    place(from, to) {
      const left = Math.min(100, (100 * from) / this.span);
      return { left: `${left}%`, width: `${Math.max(0, Math.min(100 - left, (100 * (to - from)) / this.span))}%` };
    },
    toggle(path, open = !this.open.has(path)) {
      if (open) this.open.add(path);
      else this.open.delete(path);
      this.version += 1;
    },
    /** Unfold what holds this step, and bring it into view. */
    show(path, scroll = true) {
      let unfold = false;
      for (let up = parentOf(path); up; up = parentOf(up)) {
        if (!this.open.has(up)) { this.open.add(up); unfold = true; }
      }
      if (unfold) this.version += 1;
      if (!scroll) return;
      this.$nextTick(() => {
        const at = this.rows.findIndex((row) => row.path === path);
        if (at < 0) return;
        const el = this.$el, y = at * HEIGHT;
        if (y < el.scrollTop) el.scrollTop = y;
        else if (y + HEIGHT > el.scrollTop + el.clientHeight - 16) el.scrollTop = y + HEIGHT - el.clientHeight + 16;
      });
    },
    choose(path) {
      if (path !== this.here) this.told.push(path);
      this.here = path;
      this.show(path);
      this.$emit("choose", { path });
    },
    scrolled() {
      this.top = this.$el.scrollTop;
    },
    keydown(event) {
      const at = this.rows.findIndex((row) => row.path === this.here), row = this.rows[at];
      const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity, PageDown: 10, PageUp: -10 }[event.key];
      if (row && event.key === "ArrowRight" && row.inner) this.toggle(row.path, true);
      else if (row && event.key === "ArrowLeft" && this.open.has(row.path)) this.toggle(row.path, false);
      else if (row && event.key === "ArrowLeft" && row.depth) this.choose(parentOf(row.path));
      else if (step && this.rows.length) {
        const next = this.rows[Math.max(0, Math.min(this.rows.length - 1, at + step))];
        this.choose(next.path);
      } else return;
      event.preventDefault();
    },
  },
};
