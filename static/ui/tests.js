/**
 * The cases of a flow: a line for each with how it went, and the chosen one as a form. What was not as expected is said
 * above the form.
 */
import { asking, duration, money } from "weft-view";

const HINTS = {
  equals: "the same text", contains: "a part of it", lacks: "what isn't in it", matches: "a regular expression", schema: '{"type": "object", …}', at_least: "a number or a length", at_most: "a number or a length",
  holds: "len(value) > 200", judge: "what a model must find true of it", error: "the code, such as no-key", cost_below: "dollars", tokens_below: "tokens", calls_below: "calls", seconds_below: "seconds",
};
const STATUSES = ["succeeded", "failed", "cancelled", "skipped"];

const SIGNS = { passed: "✓", failed: "✗", running: "…", "": "·" };

export default {
  mixins: [asking],
  data() {
    return { cases: [], outputs: [], steps: [], checks: {}, recorded: true, readonly: false, busy: false, results: {}, here: "", form: null, wrong: {}, HINTS, STATUSES, error: "", said: "", gone: "" };
  },
  computed: {
    counts() {
      const done = this.cases.map((one) => this.status(one.name));
      const count = (word) => done.filter((one) => one === word).length;
      const parts = [`${this.cases.length} ${this.cases.length === 1 ? "case" : "cases"}`];
      for (const word of ["passed", "failed", "running"]) if (count(word)) parts.push(`${count(word)} ${word}`);
      return parts.join(" · ");
    },
    result() { return this.results[this.here]; },
    dirty() {
      const stored = this.cases.find((one) => one.name === this.here);
      return !!this.form && !!stored && JSON.stringify(this.form) !== JSON.stringify(stored);
    },
  },
  template: `
    <div class="w-beside w-tests">
      <div class="w-beside-bar">
        <button type="button" class="w-button w-button--small w-button--primary" data-mark="tests-run" data-changes :disabled="busy || !cases.length" @click="run(cases.map((one) => one.name))"><span class="w-icon w-icon--play" aria-hidden="true"></span>Run all</button>
        <button v-if="busy" type="button" class="w-button w-button--small w-button--danger" data-mark="tests-stop" @click="ask('stop')"><span class="w-icon w-icon--stop" aria-hidden="true"></span>Stop</button>
        <button type="button" class="w-button w-button--small" data-mark="tests-grid" @click="ask('compare')"><span class="w-icon w-icon--compare" aria-hidden="true"></span>Compare prompts and models</button>
        <button type="button" class="w-button w-button--small" data-mark="tests-make" data-changes :disabled="readonly" @click="make"><span class="w-icon w-icon--plus" aria-hidden="true"></span>Make the shown run a test</button>
        <span class="w-muted w-grow w-ellipsis" role="status" data-mark="tests-count">{{ counts }}</span>
        <span v-if="gone" class="w-tests-gone"><span class="w-muted w-ellipsis" role="status" :title="gone">{{ gone }} is gone.</span><button ref="back" type="button" class="w-button w-button--small" data-mark="tests-restore" @click="restore">Put it back</button></span>
      </div>
      <div v-if="said" class="w-tests-said" role="alert">{{ said }}</div>
      <div v-if="!cases.length" class="w-empty">This flow has no test. Run it, then make that run one: the same inputs must give the same again, with the recorded answers and no key.</div>
      <template v-else>
        <div ref="list" class="w-beside-list" role="listbox" aria-label="Cases" tabindex="0" :aria-activedescendant="at() < 0 ? undefined : 'w-case-' + at()" @keydown="keydown">
          <div v-for="(one, i) in cases" :key="one.name" :id="'w-case-' + i" class="w-change" role="option" :aria-selected="one.name === here" :data-case="one.name" @click="choose(one.name)">
            <b class="w-change-sign" :class="'w-case--' + status(one.name)" aria-hidden="true">{{ sign(status(one.name)) }}</b>
            <span class="w-change-kind">{{ status(one.name) || 'not run' }}</span><span class="w-ellipsis w-grow">{{ one.name }}</span><span class="w-muted w-small">{{ figures(one.name) }}</span>
          </div>
        </div>
        <div ref="detail" class="w-beside-detail w-tests-detail" role="region" aria-label="The case" tabindex="0">
          <div v-if="!form" class="w-empty">Choose a case to see what it expects.</div>
          <form v-else @submit.prevent="save">
            <div v-if="result?.complaints.length" class="w-tests-wrong" role="status"><b>Not as expected</b><ul><li v-for="one in result.complaints" :key="one">{{ one }}</li></ul></div>
            <div v-if="error" class="w-tests-said" role="alert">{{ error }}</div>
            <div class="w-tests-acts">
              <button type="button" class="w-button w-button--small" :disabled="busy || dirty" data-mark="case-run" data-changes @click="run([here])">Run this</button>
              <button type="button" class="w-button w-button--small" :disabled="busy || dirty || readonly" data-mark="case-record" data-changes @click="run([here], true)">Record again…</button>
              <button type="button" class="w-button w-button--small" :disabled="busy || readonly" data-mark="case-remove" data-changes @click="remove">Remove</button>
              <span class="w-grow"></span>
              <button v-if="dirty" type="button" class="w-button w-button--small w-button--ghost" @click="choose(here)">Discard</button>
              <button type="submit" class="w-button w-button--small w-button--primary" :disabled="!dirty || readonly" data-mark="case-save" data-changes>Save</button>
            </div>
            <label class="w-tests-field"><span>Name</span><input class="w-input" v-model="form.name" data-mark="case-name" :aria-invalid="!!wrong.name" spellcheck="false"></label>
            <p v-if="wrong.name" class="w-field-error" role="alert">{{ wrong.name }}</p>
            <h4>Expected</h4>
            <div v-for="(row, i) in form.rows" :key="i" class="w-tests-row" role="group" :aria-label="'Expectation ' + (i + 1)">
              <span class="w-select"><select class="w-input" v-model="row.subject" aria-label="Of what" @change="fit(row)"><option v-for="(_, one) in checks" :key="one" :value="one">{{ one }}</option></select></span>
              <input v-if="row.subject !== 'run'" class="w-input" v-model="row.name" :list="row.subject === 'output' ? 'w-case-outputs' : 'w-case-steps'" :aria-label="'Which ' + row.subject" :placeholder="row.subject" spellcheck="false">
              <input v-if="row.subject !== 'run'" class="w-input" v-model="row.at" aria-label="Place in it" placeholder="place in it" spellcheck="false">
              <span class="w-select"><select class="w-input" v-model="row.check" aria-label="What must be so" @change="fit(row)"><option v-for="one in checks[row.subject]" :key="one" :value="one">{{ words(one) }}</option></select></span>
              <span v-if="row.check === 'status'" class="w-select w-tests-value"><select class="w-input" v-model="row.value" aria-label="Expected"><option v-for="one in STATUSES" :key="one" :value="one">{{ one }}</option></select></span>
              <textarea v-else class="w-input w-tests-value" :class="{ 'w-mono': row.json || ['schema', 'holds', 'matches'].includes(row.check) }" v-model="row.value" :rows="row.check === 'schema' ? 3 : 1" :placeholder="HINTS[row.check]" :aria-invalid="!!wrong['row ' + i]" aria-label="Expected" spellcheck="false"></textarea>
              <input v-if="row.check === 'judge'" class="w-input" v-model="row.more.model" aria-label="Model that judges" placeholder="flow's model" spellcheck="false">
              <label v-if="['equals', 'contains', 'lacks'].includes(row.check)" class="w-small w-muted" title="The value is JSON, not a text"><input type="checkbox" v-model="row.json"> JSON</label>
              <button type="button" class="w-button w-button--icon w-button--small" :aria-label="'Remove expectation ' + (i + 1)" @click="form.rows.splice(i, 1); wrong = {}"><span class="w-icon w-icon--close" aria-hidden="true"></span></button>
              <p v-if="wrong['row ' + i]" class="w-field-error w-tests-why" role="alert">{{ wrong['row ' + i] }}</p>
            </div>
            <button type="button" class="w-button w-button--small" data-mark="case-add" data-changes @click="add"><span class="w-icon w-icon--plus" aria-hidden="true"></span>Expectation</button>
            <label class="w-tests-field"><span>Inputs <span class="w-muted">JSON</span></span><textarea class="w-input" v-model="form.inputs" rows="4" :aria-invalid="!!wrong.inputs" spellcheck="false"></textarea></label>
            <p v-if="wrong.inputs" class="w-field-error" role="alert">{{ wrong.inputs }}</p>
            <label v-if="form.answers" class="w-tests-field"><span>Answers of persons <span class="w-muted">JSON, by step</span></span><textarea class="w-input" v-model="form.answers" rows="3" :aria-invalid="!!wrong.answers" spellcheck="false"></textarea></label>
            <p v-if="wrong.answers" class="w-field-error" role="alert">{{ wrong.answers }}</p>
            <label class="w-tests-field"><span>Model <span class="w-muted">in place of the recorded answers</span></span><input class="w-input" v-model="form.model" placeholder="the recorded answers" spellcheck="false"></label>
          </form>
          <datalist id="w-case-outputs"><option v-for="one in outputs" :key="one" :value="one"></option></datalist><datalist id="w-case-steps"><option v-for="one in steps" :key="one" :value="one"></option></datalist>
        </div>
      </template>
    </div>`,
  methods: {
    sign: (status) => SIGNS[status],
    words: (check) => check.replaceAll("_", " "),
    status(name) { const one = this.results[name]; return one ? (one.running ? "running" : one.passed ? "passed" : "failed") : ""; },
    figures(name) {
      const one = this.results[name];
      return one && !one.running ? [duration(one.seconds), one.cost ? money(one.cost) : ""].filter(Boolean).join(" · ") : "";
    },
    at() { return this.cases.findIndex((one) => one.name === this.here); },
    /** @param {string} name the case to be chosen, '' for the one that is */
    async read(name) {
      try {
        Object.assign(this, await this.ask("cases"), { said: "" });
        if (name || !this.dirty) this.choose(name || (this.at() >= 0 ? this.here : this.cases[0]?.name ?? ""));
      } catch (error) { this.said = error.message; }
    },
    choose(name) {
      const found = this.cases.find((one) => one.name === name);
      Object.assign(this, { here: found ? name : "", form: found ? JSON.parse(JSON.stringify(found)) : null, wrong: {}, error: "" });
    },
    async run(names, record = false) {
      try { await this.ask("run", { names, record }); } catch (error) { this.said = error.message; }
    },
    began(names) {
      this.busy = true;
      this.said = "";
      for (const name of names) this.results[name] = { running: true, complaints: [] };
    },
    checked(one) {
      this.results[one.case] = one;
      if (one.case === this.here && this.$refs.detail) this.$refs.detail.scrollTop = 0;
    },
    ended(said) {
      this.busy = false;
      this.said = said;
      for (const [name, one] of Object.entries(this.results)) if (one.running) delete this.results[name];
    },
    async make() {
      try { await this.read(await this.ask("make")); } catch (error) { this.said = error.message; }
    },
    async save() {
      try {
        const { name, wrong } = await this.ask("save", { was: this.here, case: this.form });
        Object.assign(this, { wrong, error: wrong.rest ?? "" });
        if (Object.keys(wrong).length) return this.$nextTick(() => this.$refs.detail.querySelector('[aria-invalid="true"]')?.focus());
        delete this.results[this.here];
        await this.read(name);
      } catch (error) { this.error = error.message; }
    },
    async remove() {
      const name = this.here;
      try { await this.ask("remove", { name }); this.gone = name; await this.read(this.cases.find((one) => one.name !== name)?.name ?? ""); this.$refs.back?.focus(); } catch (error) { this.error = error.message; }
    },
    async restore() {
      try { const name = await this.ask("restore"); this.gone = ""; await this.read(name); } catch (error) { this.said = error.message; }
    },
    add() { this.form.rows.push({ subject: "output", name: this.outputs[0] ?? "", at: "", check: "contains", value: "", json: false, group: `new ${Date.now()}`, more: {} }); },
    /** The row says something else: what it held before may not do for that. */
    fit(row) {
      if (!this.checks[row.subject].includes(row.check)) row.check = this.checks[row.subject][0];
      if (row.check === "status" && !STATUSES.includes(row.value)) row.value = STATUSES[0];
      this.wrong = {};
    },
    keydown(event) {
      const by = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
      if (!by || this.dirty) return;
      this.choose(this.cases[Math.max(0, Math.min(this.cases.length - 1, this.at() + by))].name);
      event.preventDefault();
      event.stopPropagation();
    },
  },
};
