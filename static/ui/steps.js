/**
 * The steps of a run: a list box, one line each. The server sends the lines that changed, by path.
 *
 * @typedef {{path: string, title: string, status: string, seconds: number|null}} Line
 */

const WORDS = {
  waiting: "waiting", ready: "waiting", running: "running", succeeded: "done", failed: "failed",
  skipped: "skipped", cancelled: "cancelled", paused: "asks you",
};

export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "";
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

export default {
  props: { label: String, selected: { type: String, default: "" }, empty: { type: String, default: "" } },
  emits: ["choose"],
  data() {
    return { lines: [] };
  },
  template: `
    <div class="w-steps" role="listbox" :aria-label="label" tabindex="0" @keydown="keydown">
      <div v-if="!lines.length" class="w-empty">{{ empty }}</div>
      <div v-for="line in lines" :key="line.path" class="w-step" role="option" :data-step="line.path"
        :aria-selected="line.path === selected" :class="'w-step--' + line.status" @click="$emit('choose', { path: line.path })">
        <span class="w-dot" :class="'w-dot--' + line.status"></span>
        <span class="w-step-title">{{ line.title }}</span>
        <span class="w-step-figures">{{ duration(line.seconds) }}</span>
        <span class="w-step-status">{{ word(line) }}</span>
      </div>
    </div>
  `,
  methods: {
    duration,
    word: (line) => WORDS[line.status] || line.status,
    reset(lines) {
      this.lines = lines;
    },
    patch(lines) {
      for (const line of lines) {
        const at = this.lines.findIndex((other) => other.path === line.path);
        if (at < 0) this.lines.push(line);
        else this.lines[at] = line;
      }
    },
    keydown(event) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step || !this.lines.length) return;
      event.preventDefault();
      const at = this.lines.findIndex((line) => line.path === this.selected);
      const next = this.lines[Math.max(0, Math.min(this.lines.length - 1, at + step))];
      this.$emit("choose", { path: next.path });
      this.$el.querySelector(`[data-step="${CSS.escape(next.path)}"]`)?.scrollIntoView({ block: "nearest" });
    },
  },
};
