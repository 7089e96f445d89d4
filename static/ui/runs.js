/**
 * The runs of a flow, the newest first. Only lines in view are in the page; older ones are asked for as one scrolls
 * down, new ones come by themselves.
 *
 * @typedef {{id: string, status: string, over: boolean, when: number|null, seconds: number|null, cost: string,
 *   tokens: number, model: string, how: string, session: string, by: string, revision: string, same: boolean, error: string,
 *   origin: {id: string, when: number|null}|null, away: boolean}} Row
 */
import { Window, ago, asking, clock, duration, short } from "weft-view";

const HEIGHT = 34, HEAD = 30;
const lines = new Window(HEIGHT);
const WORDS = { succeeded: "done", waiting: "waiting", queued: "queued", running: "running", failed: "failed", cancelled: "cancelled" };
const FILTERS = [["", "All"], ["succeeded", "Done"], ["failed", "Failed"], ["running", "Running"], ["waiting", "Waiting"], ["cancelled", "Cancelled"]];

export default {
  mixins: [asking],
  props: { shown: { type: String, default: "" } },
  emits: ["compare", "again"],
  data() {
    return { version: 0, top: 0, height: 300, now: Date.now(), here: "", marked: [], status: "", loading: false, more: false, read: false, error: "", FILTERS };
  },
  created() {
    /** Outside what Vue watches: it would make a proxy of each. @type {Row[]} */
    this.rows = [];
  },
  computed: {
    count() { void this.version; return this.rows.length; },
    range() { return lines.range(this.top, this.height, this.count); },
    seen() { void this.version; return this.rows.slice(...this.range); },
    tall() { return this.count * HEIGHT; },
  },
  template: `
    <div class="w-runs">
      <div class="w-runs-bar">
        <div class="w-segments" role="group" aria-label="Which runs">
          <button v-for="[value, label] in FILTERS" :key="value" type="button" class="w-segment" :aria-pressed="status === value" @click="filter(value)">{{ label }}</button>
        </div>
        <span class="w-grow"></span>
        <span class="w-muted w-small w-runs-hint" role="status">{{ hint() }}</span>
        <button type="button" class="w-button w-button--small" :disabled="marked.length !== 2" data-mark="compare" @click="compare()"><span class="w-icon w-icon--compare"></span>Compare</button>
      </div>
      <div ref="list" class="w-runs-list" role="grid" aria-label="Runs of this flow" tabindex="0" :aria-rowcount="count + 1" aria-multiselectable="true"
        :aria-activedescendant="here ? 'w-run-' + here : undefined" @scroll="scrolled" @keydown="keydown">
        <div class="w-run-row w-run-head" role="row" :aria-rowindex="1">
          <span role="columnheader"><span class="w-sr">To compare</span></span><span role="columnheader">Status</span><span role="columnheader">When</span>
          <span role="columnheader" class="w-right">Took</span><span role="columnheader" class="w-right">Tokens</span><span role="columnheader" class="w-right">Cost</span>
          <span role="columnheader" class="w-run-wide">Model</span><span role="columnheader">Flow</span><span role="columnheader"><span class="w-sr">What to do</span></span>
        </div>
        <div v-if="read && !count" class="w-empty">{{ empty() }}</div>
        <div v-if="error" class="w-empty">{{ error }}</div>
        <div :style="{ height: tall + 'px', position: 'relative' }" role="presentation">
          <div v-for="(row, i) in seen" :key="row.id" class="w-run-row" role="row" :id="'w-run-' + row.id" :data-run="row.id" :aria-rowindex="range[0] + i + 2"
            :aria-selected="marked.includes(row.id)" :aria-current="shown === row.id ? 'true' : undefined" :aria-label="spoken(row)"
            :class="{ 'w-run--here': here === row.id, 'w-run--shown': shown === row.id }" :style="{ top: (range[0] + i) * ${HEIGHT} + 'px' }" @click="go(row.id)">
            <span role="gridcell" class="w-run-mark" @click.stop="mark(row.id)"><i class="w-check" :class="{ 'w-check--on': marked.includes(row.id) }" aria-hidden="true"></i></span>
            <span role="gridcell" class="w-run-status" :title="row.error"><i class="w-dot" :class="'w-dot--' + row.status"></i>{{ word(row) }}</span>
            <span role="gridcell" class="w-ellipsis" :title="full(row)"><b>{{ time(row) }}</b> <span class="w-muted">{{ past(row) }}</span><button v-if="row.origin" type="button" class="w-run-origin" tabindex="-1" :title="'Show the run it goes on from: ' + row.origin.id" @click.stop="go(row.origin.id)">{{ origin(row) }}</button><span v-if="about(row)" class="w-run-about" :title="about(row)">{{ about(row) }}</span></span>
            <span role="gridcell" class="w-right">{{ took(row) }}</span>
            <span role="gridcell" class="w-right">{{ short(row.tokens) }}</span>
            <span role="gridcell" class="w-right">{{ row.cost }}</span>
            <span role="gridcell" class="w-ellipsis w-run-wide" :title="row.model">{{ row.model }}</span>
            <span role="gridcell" class="w-ellipsis" :class="{ 'w-muted': row.same }" :title="row.revision">{{ row.revision }}</span>
            <span role="gridcell" class="w-run-acts">
              <button type="button" class="w-button w-button--icon w-button--small" tabindex="-1" aria-label="Compare with the one before" data-tip="Compare with the one before" data-tip-side="left" @click.stop="$emit('compare', { ids: [row.id] })"><span class="w-icon w-icon--compare"></span></button>
              <button v-if="row.over" type="button" class="w-button w-button--icon w-button--small" tabindex="-1" aria-label="Make this run a test" data-tip="Make this run a test" data-tip-side="left" data-mark="run-test" data-changes @click.stop="test(row.id)"><span class="w-icon w-icon--check"></span></button>
              <button v-if="row.over && !row.session" type="button" data-changes class="w-button w-button--icon w-button--small" tabindex="-1" aria-label="Go on where it stopped" :data-tip="row.status === 'succeeded' ? 'Nothing is left of it' : 'Go on where it stopped'" data-tip-side="left" :disabled="row.status === 'succeeded'" @click.stop="$emit('again', { id: row.id })"><span class="w-icon w-icon--play"></span></button>
            </span>
          </div>
        </div>
      </div>
    </div>`,
  mounted() {
    this.sizes = new ResizeObserver(() => { this.height = this.$refs.list?.clientHeight ?? 0; if (this.height && !this.read) this.restart(); });
    this.sizes.observe(this.$refs.list);
    this.clock = setInterval(() => { this.now = Date.now(); }, 15_000);
  },
  beforeUnmount() {
    this.sizes.disconnect();
    clearInterval(this.clock);
  },
  methods: {
    short,
    word: (row) => (row.away && row.status === "running" ? "runs elsewhere" : WORDS[row.status] || row.status),
    time(row) { return row.when ? clock(row.when, this.now) : ""; },
    past(row) { return row.when ? ago(row.when, this.now) : ""; },
    full(row) { return row.when ? new Date(row.when).toLocaleString("en-GB") : row.id; },
    took(row) { return duration(row.seconds ?? (row.over || !row.when ? null : Math.max(0, this.now - row.when) / 1000)); },
    origin(row) { return `from ${row.origin.when ? clock(row.origin.when, this.now) : `…${row.origin.id.slice(-6)}`}`; },
    about(row) {
      return [row.how, row.by ? `by ${row.by}` : "", row.session ? `session ${row.session}` : "", row.status === "failed" ? row.error : ""].filter(Boolean).join(" · ");
    },
    spoken(row) {
      return [this.word(row), `${this.time(row)}, ${this.past(row)}`, this.took(row), row.tokens ? `${short(row.tokens)} tokens` : "", row.cost, row.revision, row.origin ? `forked ${this.origin(row)}` : "", this.about(row)].filter(Boolean).join(", ");
    },
    empty() {
      return this.status ? `No run of this flow is ${FILTERS.find(([value]) => value === this.status)[1].toLowerCase()}.` : "This flow has not run yet. Every run is kept here, and can be looked at step by step.";
    },
    hint() {
      if (this.marked.length === 1) return "Choose another run to compare it with.";
      if (this.marked.length === 2) return "Two runs chosen.";
      return "";
    },
    restart() {
      this.read = true;
      return this.load(null);
    },
    filter(status) {
      this.status = status;
      this.marked = [];
      this.restart();
    },
    /** The newest, or those before the last that is here. */
    async load(before) {
      if (this.loading) { this.again = before === null; return; }
      this.loading = true;
      this.error = "";
      try {
        const { rows, more } = await this.ask("page", before ? { before } : { status: this.status });
        if (before) this.rows.push(...rows);
        else this.rows = rows;
        this.more = more;
      } catch (error) {
        this.error = error.message;
        this.more = false;
      }
      this.loading = false;
      this.version += 1;
      if (!this.rows.some((row) => row.id === this.here)) this.here = this.rows[0]?.id ?? "";
      if (this.again) { this.again = false; return this.load(null); }
      this.fill();
    },
    fill() {
      if (this.more && !this.loading && this.range[1] > this.count - 30) this.load(this.rows.at(-1).id);
    },
    /** What has come, and what stands otherwise now. */
    patch(added, changed) {
      const known = new Map(this.rows.map((row, i) => [row.id, i]));
      for (const row of changed) if (known.has(row.id)) this.rows[known.get(row.id)] = row;
      const fresh = added.filter((row) => !known.has(row.id));
      for (const row of added) if (known.has(row.id)) this.rows[known.get(row.id)] = row;
      this.rows.unshift(...fresh);
      if (fresh.length && this.$refs.list.scrollTop > 0) this.$refs.list.scrollTop += fresh.length * HEIGHT;
      if (!this.here && this.rows.length) this.here = this.rows[0].id;
      this.now = Date.now();
      this.version += 1;
    },
    scrolled() {
      this.top = Math.max(0, this.$refs.list.scrollTop - HEAD);
      this.fill();
    },
    go(id) {
      this.here = id;
      this.ask("open", { run_id: id }).catch((error) => { this.error = error.message; });
    },
    async test(id) {
      this.here = id;
      try { await this.ask("test", { run_id: id }); } catch (error) { this.error = error.message; }
    },
    mark(id) {
      this.here = id;
      this.marked = this.marked.includes(id) ? this.marked.filter((one) => one !== id) : [...this.marked, id].slice(-2);
    },
    compare(id = "") {
      const ids = this.marked.length === 2 ? [...this.marked].sort() : [this.marked[0] ?? id];
      if (ids[0]) this.$emit("compare", { ids });
    },
    keydown(event) {
      const at = this.rows.findIndex((row) => row.id === this.here);
      const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity, PageDown: 8, PageUp: -8 }[event.key];
      if (step && this.count) {
        const next = Math.max(0, Math.min(this.count - 1, at + step));
        this.here = this.rows[next].id;
        lines.reveal(this.$refs.list, next, HEAD);
      } else if (event.key === "Enter" && this.here) this.go(this.here);
      else if (event.key === " " && this.here) this.mark(this.here);
      else if (event.key === "t" && !event.ctrlKey && !event.metaKey && this.rows[at]?.over) this.test(this.here);
      else if (event.key === "c" && !event.ctrlKey && !event.metaKey) this.compare(this.here);
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
  },
};
