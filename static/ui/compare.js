/**
 * Two runs side by side: their figures, what differed first, a line for each step, and the chosen step's values with
 * what is gone and what is new marked. Lines are asked for as one scrolls.
 */
import { Window, asking, clock, duration, short } from "weft-view";

const HEIGHT = 30, PAGE = 200;
const lines = new Window(HEIGHT);
const WORDS = { status: "status", component: "component", params: "changed", inputs: "inputs", model: "model", sent: "prompt", output: "output", "first-only": "first only", "second-only": "second only" };
const STATES = { succeeded: "done" };

export default {
  mixins: [asking],
  data() {
    return { head: null, state: "", everything: false, version: 0, top: 0, height: 200, here: "", parts: null, now: Date.now(), error: "" };
  },
  created() { this.rows = []; },
  computed: {
    count() { return this.head ? this.head.counts[this.everything ? "all" : "differing"] : 0; },
    seen() {
      void this.version;
      const [from, to] = lines.range(this.top, this.height, this.count);
      return Array.from({ length: to - from }, (_, i) => ({ at: from + i, ...this.rows[from + i] }));
    },
  },
  template: `
    <div class="w-beside w-compare">
      <div v-if="!head" class="w-empty">{{ error || (state === 'busy' ? 'Comparing…' : 'Choose two runs in History, or “Compare with the one before”, to see them side by side.') }}</div>
      <template v-else>
        <div class="w-compare-list">
          <div class="w-compare-cause" role="status"><span class="w-icon w-icon--compare" aria-hidden="true"></span><div class="w-grow"><b>{{ head.cause }}</b>
            <span v-if="head.kind" class="w-chip w-chip--warn">{{ head.kind }}</span><span v-if="!head.same" class="w-muted w-small"> They ran different versions of the flow.</span></div>
            <button v-if="head.path" type="button" class="w-button w-button--small" data-mark="cause" @click="choose(head.path)">Show it</button></div>
          <div class="w-compare-scroll">
          <table class="w-compare-runs" aria-label="The two runs"><thead><tr><th><span class="w-sr">Run</span></th><th>Status</th><th class="w-cmp-wide">Flow</th><th class="w-cmp-wide">Model</th><th class="w-right">Steps done</th><th class="w-right">Time</th><th class="w-right">Tokens</th><th class="w-right">Cost</th></tr></thead>
            <tbody><tr v-for="(run, i) in head.runs" :key="run.id"><th scope="row"><button type="button" class="w-cmp-link" :title="'Look at this run: ' + run.id" @click="open(run.id)"><i class="w-side" :class="i ? 'w-side--new' : 'w-side--gone'" aria-hidden="true"></i>{{ i ? 'Second' : 'First' }} <span class="w-muted">{{ time(run) }}</span></button></th>
              <td>{{ word(run.status) }}</td><td class="w-ellipsis w-cmp-wide" :title="run.revision">{{ run.revision }}</td><td class="w-ellipsis w-cmp-wide">{{ run.model || 'the flow’s' }}</td><td class="w-right">{{ run.steps }}</td><td class="w-right">{{ took(run) }}</td><td class="w-right">{{ short(run.tokens) }}</td><td class="w-right">{{ run.cost }}</td></tr></tbody></table>
          </div>
          <div class="w-cmp w-cmp-head"><div class="w-segments" role="group" aria-label="Which steps">
            <button type="button" class="w-segment" :aria-pressed="!everything" @click="all(false)">Differing {{ head.counts.differing.toLocaleString('en') }}</button>
            <button type="button" class="w-segment" :aria-pressed="everything" @click="all(true)">All {{ head.counts.all.toLocaleString('en') }}</button></div><span>First</span><span>Second</span></div>
          <div ref="list" class="w-cmp-rows" role="grid" aria-label="Steps of both runs" tabindex="0" :aria-rowcount="count" :aria-activedescendant="active()" @scroll="scrolled" @keydown="keydown">
            <div v-if="!count" class="w-empty">{{ everything ? 'Neither run has come to a step.' : 'No step differs.' }}</div>
            <div :style="{ height: count * ${HEIGHT} + 'px', position: 'relative' }" role="presentation">
              <div v-for="row in seen" :key="row.at" class="w-cmp" role="row" :id="'w-cmp-' + row.at" :data-pair="row.path" :aria-rowindex="row.at + 1" :aria-selected="row.path === here" :class="{ 'w-cmp--first': head.path && row.path === head.path }" :style="{ top: row.at * ${HEIGHT} + 'px' }" @click="choose(row.path)">
                <span role="gridcell" class="w-ellipsis" :title="row.title">{{ row.title || '…' }}</span>
                <span role="gridcell" class="w-cmp-kinds"><i v-for="kind in row.differs" :key="kind">{{ name(kind) }}</i></span>
                <span role="gridcell" class="w-ellipsis" v-for="side in ['first', 'second']" :key="side"><template v-if="row[side]"><i class="w-dot" :class="'w-dot--' + row[side].status"></i> {{ figures(row[side]) }}</template><span v-else class="w-muted">not in it</span></span>
              </div>
            </div>
          </div>
        </div>
        <div class="w-beside-detail" tabindex="0" role="region" aria-label="What differs in the step" aria-live="polite">
          <div v-if="!here" class="w-empty">Choose a step to see what differs in it.</div>
          <template v-else>
            <div class="w-section-head">{{ title() }}</div>
            <div v-if="parts && !parts.length" class="w-muted w-small">All that is recorded of this step is the same in both runs.</div>
            <section v-for="part in parts || []" :key="part.name" class="w-part"><h4>{{ part.name }}<span v-if="part.kind === 'same'" class="w-muted"> the same</span></h4>
              <div v-if="part.kind === 'text'" class="w-pieces"><template v-for="(piece, i) in part.pieces" :key="i"><del v-if="piece[0] === 'gone'">{{ piece[1] }}</del><ins v-else-if="piece[0] === 'new'">{{ piece[1] }}</ins><span v-else>{{ fold(piece[1], i, part.pieces.length) }}</span></template></div>
              <div v-else-if="part.kind === 'json'" class="w-places"><div v-for="(one, i) in part.places" :key="i" class="w-place"><code>{{ one.place || 'value' }}</code><del v-if="one.kind !== 'new'">{{ one.before }}</del><ins v-if="one.kind !== 'gone'">{{ one.after }}</ins></div></div>
              <div v-if="part.cut" class="w-muted w-small">There is more than is compared here.</div></section>
          </template>
        </div>
      </template>
    </div>`,
  mounted() {
    this.sizes = new ResizeObserver(() => { this.height = this.$refs.list?.clientHeight || 200; });
  },
  beforeUnmount() { this.sizes.disconnect(); },
  methods: {
    short,
    took: (run) => duration(run.seconds),
    word: (status) => STATES[status] || status,
    name: (kind) => WORDS[kind] || kind,
    time(run) { return run.when ? clock(run.when, this.now, true) : `…${run.id.slice(-6)}`; },
    figures(step) { return [step.status === "succeeded" ? "" : this.word(step.status), duration(step.seconds), step.tokens ? `${short(step.tokens)} tokens` : "", step.cost].filter(Boolean).join(" · "); },
    title() { return this.rows.find((row) => row?.path === this.here)?.title ?? this.here; },
    active() { const at = this.rows.findIndex((row) => row?.path === this.here); return at < 0 ? undefined : `w-cmp-${at}`; },
    /** What is the same and long is shown at its ends only. */
    fold(text, i, count) {
      if (text.length < 400) return text;
      const start = i ? text.slice(0, 140) : "", end = i < count - 1 ? text.slice(-140) : "";
      return `${start} … ${end}`;
    },
    begin() { Object.assign(this, { head: null, state: "busy", error: "", here: "", parts: null }); },
    failed(error) { Object.assign(this, { state: "", error }); },
    async show(head) {
      this.now = Date.now();
      Object.assign(this, { head, state: "", here: "", parts: null, top: 0 });
      await this.all(!head.counts.differing && !!head.counts.all);
      this.sizes.disconnect();
      if (this.$refs.list) this.sizes.observe(this.$refs.list);
      const path = head.path || this.rows[0]?.path;
      if (path && head.counts.differing) this.choose(path);
    },
    async all(everything) {
      this.everything = everything;
      this.rows = [];
      this.pages = new Set();
      this.top = 0;
      await this.$nextTick();
      if (this.$refs.list) this.$refs.list.scrollTop = 0;
      await this.fill();
    },
    async fill() {
      const [from, to] = lines.range(this.top, this.height, this.count);
      for (let page = Math.floor(from / PAGE); page <= Math.floor(Math.max(from, to - 1) / PAGE); page++) {
        if (this.pages.has(page)) continue;
        this.pages.add(page);
        const { everything } = this;
        const rows = await this.ask("rows", { start: page * PAGE, everything });
        if (everything !== this.everything) return;
        rows.forEach((row, i) => { this.rows[page * PAGE + i] = row; });
        this.version += 1;
      }
    },
    scrolled() {
      this.top = this.$refs.list.scrollTop;
      this.fill();
    },
    async choose(path) {
      if (!path) return;
      this.here = path;
      this.ask("step", { path });
      const at = this.rows.findIndex((row) => row?.path === path);
      if (at >= 0 && this.$refs.list) lines.reveal(this.$refs.list, at);
      const parts = await this.ask("detail", { path });
      if (this.here === path) this.parts = parts;
    },
    open(id) { this.ask("open", { run_id: id }); },
    keydown(event) {
      const at = this.rows.findIndex((row) => row?.path === this.here);
      const by = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity, PageDown: 8, PageUp: -8 }[event.key];
      if (!by || !this.count) return;
      this.choose(this.rows[Math.max(0, Math.min(this.count - 1, at + by))]?.path);
      event.preventDefault();
      event.stopPropagation();
    },
  },
};
