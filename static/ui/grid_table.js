/**
 * What came of a grid: rows of the data times columns, each a variant with a model. A cell is a button; arrows go from one
 * to the next. The chosen one is told below the table, with its run.
 */
import { asking, duration, short } from "weft-view";

export default {
  mixins: [asking],
  props: { flow: { type: String, default: "" } },
  data() {
    return { columns: [], rows: [], count: 0, start: 0, scored: false, running: { active: false, done: 0, total: 0, said: "", spent: "" }, at: [0, 0], open: "", detail: null, said: "", taken: false, read: false, error: "" };
  },
  computed: {
    progress() {
      const { active, done, total, said, spent } = this.running;
      if (active) return `${done.toLocaleString("en")} of ${total.toLocaleString("en")} runs done${spent ? `, ${spent} spent` : ""}`;
      return said;
    },
    pages() { return this.count > this.rows.length; },
    any() { return this.columns.some((one) => one.run); },
  },
  template: `
    <div class="w-grid-results" role="region" aria-label="What came of it">
      <div class="w-grid-bar">
        <div v-if="running.active" class="w-grid-progress" role="progressbar" aria-label="Runs done" :aria-valuenow="running.done" aria-valuemin="0" :aria-valuemax="running.total"><i :style="{ width: 100 * running.done / Math.max(1, running.total) + '%' }"></i></div>
        <span class="w-grow w-muted w-small" role="status" data-mark="grid-progress">{{ said || progress }}</span>
        <button v-if="taken" type="button" class="w-button w-button--small" data-mark="grid-undo" @click="undo"><span class="w-icon w-icon--undo" aria-hidden="true"></span>Undo</button>
        <template v-if="pages"><button type="button" class="w-button w-button--small" :disabled="!start" @click="read_from(start - 50)">Earlier rows</button><span class="w-small">{{ start + 1 }} to {{ start + rows.length }} of {{ short(count) }}</span><button type="button" class="w-button w-button--small" :disabled="start + rows.length >= count" @click="read_from(start + 50)">Later rows</button></template>
        <button type="button" class="w-button w-button--small" :disabled="!any" data-mark="grid-csv" @click="csv"><span class="w-icon w-icon--down" aria-hidden="true"></span>CSV</button>
      </div>
      <p v-if="error" class="w-field-error" role="alert">{{ error }}</p>
      <div v-if="read && !rows.length" class="w-empty">Every row of the data is run with every prompt and model. Say on the left what is compared.</div>
      <div v-if="rows.length" class="w-grid-scroll" tabindex="-1">
        <table class="w-grid-table" @keydown="keydown">
          <caption class="w-sr">Runs by row of the data, and by variant and model</caption>
          <thead><tr>
            <th scope="col" class="w-grid-corner">Row</th>
            <th v-for="(one, j) in columns" :key="j" scope="col" :class="{ 'w-grid-best': one.best }" :data-column="j">
              <div class="w-grid-name"><b class="w-ellipsis" :title="one.variant">{{ one.variant }}</b><span v-if="one.best" class="w-chip w-chip--ok">best</span></div>
              <div class="w-muted w-small w-ellipsis" :title="one.model">{{ one.model || "the flow's model" }}</div>
              <div v-if="one.run" class="w-grid-figures"><span v-if="one.score"><b>{{ one.score }}</b> score</span><span>{{ one.passed }} of {{ one.run }} passed</span><span>{{ one.cost }}<template v-if="one.judged"> + {{ one.judged }} judging</template></span><span>{{ took(one.seconds) }} each</span></div>
              <div v-else class="w-grid-figures w-muted">not run</div>
              <button v-if="j" type="button" data-changes class="w-button w-button--small" :aria-label="'Take ' + [one.variant, one.model].filter(Boolean).join(', ') + ' into the flow'" data-mark="grid-take" @click="take(j)">Take this</button>
            </th>
          </tr></thead>
          <tbody>
            <tr v-for="(row, i) in rows" :key="row.row">
              <th scope="row"><span class="w-muted">{{ row.row + 1 }}</span> <span class="w-grid-given" :title="given(row)">{{ given(row) }}</span></th>
              <td v-for="(cell, j) in row.cells" :key="j" :class="{ 'w-grid-best': columns[j].best }">
                <button v-if="cell" type="button" class="w-grid-cell" :tabindex="at[0] === i && at[1] === j ? 0 : -1" :data-cell="i + ',' + j" :aria-pressed="open === row.row + ',' + j" :aria-label="spoken(cell)" @focus="at = [i, j]" @click="show(row.row, j)">
                  <span class="w-grid-score"><b :class="cell.passed ? 'w-case--passed' : 'w-case--failed'">{{ cell.passed ? '✓' : '✗' }}</b><b v-if="cell.score">{{ cell.score }}</b><span class="w-muted">{{ [cell.cost, took(cell.seconds)].filter(Boolean).join(' · ') }}</span></span>
                  <span class="w-grid-text" dir="auto">{{ cell.text }}</span>
                </button>
                <button v-else type="button" class="w-grid-cell w-muted" :tabindex="at[0] === i && at[1] === j ? 0 : -1" :data-cell="i + ',' + j" :aria-disabled="true" @focus="at = [i, j]">{{ running.active ? '…' : 'not run' }}</button>
              </td>
            </tr>
          </tbody>
        </table>
      </div>
      <section v-if="detail" ref="detail" class="w-grid-detail" role="region" aria-label="The cell" tabindex="-1" @keydown.esc="close">
        <div class="w-row"><h3 class="w-grow w-ellipsis">Row {{ detail.row + 1 }} · {{ [detail.variant, detail.model].filter(Boolean).join(' · ') }}</h3>
          <a v-if="detail.run" class="w-button w-button--small" :href="flow + '?run=' + encodeURIComponent(detail.run)" data-mark="grid-open-run">Open its run</a>
          <a v-if="detail.with" class="w-button w-button--small" :href="flow + '?run=' + encodeURIComponent(detail.run) + '&with=' + encodeURIComponent(detail.with)" data-mark="grid-compare">Compare with the flow as it is</a>
          <button type="button" class="w-button w-button--icon w-button--small" aria-label="Close" @click="close"><span class="w-icon w-icon--close" aria-hidden="true"></span></button></div>
        <div class="w-muted w-small">{{ figures(detail) }}</div>
        <div v-if="detail.complaints.length" class="w-tests-wrong" role="status"><b>Not as expected</b><ul><li v-for="one in detail.complaints" :key="one">{{ one }}</li></ul></div>
        <dl><template v-for="[name, text] in detail.came" :key="'came ' + name"><dt>{{ name }}</dt><dd class="w-grid-whole" dir="auto">{{ text }}</dd></template>
          <template v-for="[name, text] in detail.given" :key="'given ' + name"><dt class="w-muted">{{ name }}</dt><dd class="w-grid-whole w-muted" dir="auto">{{ text }}</dd></template></dl>
      </section>
    </div>`,
  methods: {
    short,
    took: duration,
    given(row) { return Object.values(row.inputs).map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join(" · ").slice(0, 200); },
    spoken(cell) { return [cell.passed ? "passed" : "failed", cell.score ? `score ${cell.score}` : "", cell.cost, duration(cell.seconds), cell.text].filter(Boolean).join(", "); },
    figures(one) { return [one.score ? `score ${one.score}` : "", one.cost, one.judged ? `${one.judged} judging` : "", one.tokens ? `${short(one.tokens)} tokens` : "", duration(one.seconds)].filter(Boolean).join(" · "); },
    restart() {
      this.detail = null;
      this.open = "";
      return this.read_from(this.start);
    },
    refresh() { return this.read_from(this.start); },
    async read_from(start) {
      try {
        const before = this.running.active;
        Object.assign(this, await this.ask("page", { start }), { read: true, error: "" });
        if (before !== this.running.active) this.said = "";
        this.at = [Math.min(this.at[0], Math.max(0, this.rows.length - 1)), Math.min(this.at[1], Math.max(0, this.columns.length - 1))];
      } catch (error) { this.error = error.message; }
    },
    async show(row, column) {
      if (this.open === `${row},${column}`) return this.close();
      this.open = `${row},${column}`;
      try { this.detail = await this.ask("cell", { row, column }); } catch (error) { this.error = error.message; }
    },
    close() {
      this.detail = null;
      this.open = "";
      this.focus();
    },
    async take(column) {
      try {
        this.said = await this.ask("take", { column });
        this.taken = true;
      } catch (error) { this.error = error.message; }
    },
    async undo() {
      try {
        this.said = await this.ask("undo");
        this.taken = false;
      } catch (error) { this.error = error.message; }
    },
    async csv() {
      try {
        const address = URL.createObjectURL(new Blob(["\ufeff", await this.ask("csv")], { type: "text/csv" }));
        const link = Object.assign(document.createElement("a"), { href: address, download: `${this.flow.split("/").pop()}-grid.csv` });
        link.click();
        URL.revokeObjectURL(address);
      } catch (error) { this.error = error.message; }
    },
    keydown(event) {
      const [down, right] = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1], Home: [0, -Infinity], End: [0, Infinity] }[event.key] ?? [0, 0];
      if (!(down || right) || !event.target.dataset.cell) return;
      const fit = (n, most) => Math.max(0, Math.min(most - 1, n));
      this.at = [fit(this.at[0] + down, this.rows.length), fit(this.at[1] + right, this.columns.length)];
      this.focus();
      event.preventDefault();
    },
    focus() { this.$nextTick(() => this.$el.querySelector(`[data-cell="${this.at.join(",")}"]`)?.focus()); },
  },
};
