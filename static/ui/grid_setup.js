/** What a grid compares: the data, the variants of texts, the models, how runs are scored; what it will cost, and Run. */
import { asking } from "weft-view";

const PAUSE = 350; // ms without a key before what was typed is taken

export default {
  mixins: [asking],
  data() {
    return { wanted: null, files: [], cases: [], texts: [], models: [], inputs: [], outputs: [], wrong: {}, notes: {}, rows: 0, more: [], cells: 0, missing: 0, cost: "", active: false, error: "", looking: false, most: "", another: "" };
  },
  computed: {
    source: { get() { return this.wanted.file ? "file" : "text"; }, set(value) { this.wanted.file = value === "file" ? this.files[0] ?? "" : ""; } },
    sum() {
      if (this.active) return "Running…";
      if (this.looking) return "Working out what it would cost…";
      const places = Object.keys(this.wrong).filter((one) => one !== "most" && one !== "run");
      if (places.length) return `To be put right first: ${places.join(", ")}.`;
      if (!this.cells) return "";
      const runs = (n) => `${n.toLocaleString("en")} ${n === 1 ? "run" : "runs"}`;
      if (!this.missing) return `All ${runs(this.cells)} are done.`;
      const kept = this.cells - this.missing;
      return `${runs(this.missing)}${kept ? `, ${kept.toLocaleString("en")} kept from before` : ""}: ${this.cost}.`;
    },
    free() { return this.models.filter((one) => !this.wanted.models.includes(one)); },
    plain() { return this.texts.filter((one) => !one.model); },
  },
  template: `
    <div class="w-grid-setup" role="form" aria-label="What is compared">
      <div v-if="!wanted" class="w-empty">{{ error || 'Reading the flow…' }}</div>
      <template v-else>
        <section>
          <h2>Data</h2>
          <p class="w-field-help">A row for each run. Inputs of the flow: {{ inputs.join(', ') || 'none' }}.</p>
          <div class="w-segments" role="group" aria-label="Where the data is">
            <button type="button" class="w-segment" :aria-pressed="source === 'file'" :disabled="!files.length" data-mark="grid-file" @click="source = 'file'; take()">A file</button>
            <button type="button" class="w-segment" :aria-pressed="source === 'text'" data-mark="grid-paste" @click="source = 'text'; take()">Pasted rows</button>
          </div>
          <label v-if="source === 'file'" class="w-grid-field"><span>File in files/</span><span class="w-select"><select class="w-input" v-model="wanted.file" @change="take"><option v-for="one in files" :key="one" :value="one">{{ one }}</option></select></span></label>
          <label v-else class="w-grid-field"><span>Rows <span class="w-muted">CSV with names at its head, or JSON lines</span></span><textarea class="w-input w-mono" rows="5" v-model="wanted.text" spellcheck="false" wrap="off" data-mark="grid-rows" :placeholder="example()" :aria-invalid="!!wrong.data" @input="soon"></textarea></label>
          <p v-if="wrong.data" :class="wanted.file || wanted.text.trim() ? 'w-field-error' : 'w-field-help'" role="status">{{ wrong.data }}</p>
          <p v-else-if="rows" class="w-field-help">{{ rows.toLocaleString('en') }} {{ rows === 1 ? 'row' : 'rows' }}<template v-if="more.length">. Not inputs, but for the score: <code v-for="one in more" :key="one">row.{{ one }} </code></template></p>
        </section>
        <section>
          <h2>Prompts</h2>
          <p class="w-field-help">The flow as it is, and copies in which one text is another.</p>
          <div v-for="(one, i) in wanted.variants" :key="i" class="w-grid-variant" role="group" :aria-label="'Variant ' + (i + 1)">
            <div class="w-row"><input class="w-input w-grow" v-model="one.name" aria-label="Name of the variant" spellcheck="false" @input="soon"><button type="button" class="w-button w-button--icon w-button--small" :aria-label="'Remove ' + one.name" @click="wanted.variants.splice(i, 1); take()"><span class="w-icon w-icon--close" aria-hidden="true"></span></button></div>
            <span class="w-select"><select class="w-input" :value="place(one)" aria-label="Which text" @change="move(one, $event.target.value)"><option v-if="!texts.some((text) => place(text) === place(one))" :value="place(one)">{{ one.node }}.{{ one.param }}</option><option v-for="text in texts" :key="place(text)" :value="place(text)">{{ text.title }}</option></select></span>
            <input v-if="isModel(one)" class="w-input" v-model="one.value" list="w-grid-models" aria-label="Model" spellcheck="false" @input="soon">
            <textarea v-else class="w-input" rows="5" v-model="one.value" aria-label="Text" dir="auto" @input="soon"></textarea>
            <p v-if="wrong['variant ' + (i + 1)]" class="w-field-error" role="status">{{ wrong['variant ' + (i + 1)] }}</p>
            <p v-else-if="notes['variant ' + (i + 1)]" class="w-field-help" role="status">{{ notes['variant ' + (i + 1)] }}</p>
          </div>
          <button type="button" class="w-button w-button--small" data-mark="grid-variant" :disabled="!texts.length" @click="add"><span class="w-icon w-icon--plus" aria-hidden="true"></span>Variant</button>
          <p v-if="wrong.variants" class="w-field-error" role="status">{{ wrong.variants }}</p>
        </section>
        <section>
          <h2>Models</h2>
          <p class="w-field-help">For nodes that name none themselves.</p>
          <label class="w-grid-check"><input type="checkbox" v-model="wanted.own" @change="take"> The flow's own</label>
          <div v-for="(one, i) in wanted.models" :key="one" class="w-row"><span class="w-grow w-ellipsis" :title="one">{{ one }}</span><button type="button" class="w-button w-button--icon w-button--small" :aria-label="'Remove ' + one" @click="wanted.models.splice(i, 1); take()"><span class="w-icon w-icon--close" aria-hidden="true"></span></button></div>
          <div class="w-row"><input class="w-input w-grow" v-model="another" list="w-grid-models" placeholder="provider:model" aria-label="Another model" data-mark="grid-model" spellcheck="false" @keydown.enter.prevent="model"><button type="button" class="w-button w-button--small" :disabled="!another.trim()" data-mark="grid-model-add" @click="model">Add</button></div>
          <datalist id="w-grid-models"><option v-for="one in free" :key="one" :value="one"></option></datalist>
          <p v-if="wrong.models" class="w-field-error" role="status">{{ wrong.models }}</p>
        </section>
        <section>
          <h2>Score</h2>
          <label class="w-grid-field"><span>Expression <span class="w-muted">a number, or yes or no</span></span><input class="w-input w-mono" v-model="wanted.score" spellcheck="false" data-mark="grid-score" :placeholder="outputs.length ? 'contains(lower(' + outputs[0] + '), row.expected)' : ''" :aria-invalid="!!wrong.score" @input="soon"></label>
          <p v-if="wrong.score" class="w-field-error" role="status">{{ wrong.score }}</p>
          <p v-else class="w-field-help">It can name {{ [...outputs, 'row', 'cost', 'tokens', 'seconds'].join(', ') }}.</p>
          <label v-if="cases.length || wanted.case" class="w-grid-field"><span>As a test expects</span><span class="w-select"><select class="w-input" v-model="wanted.case" @change="take"><option value="">Nothing</option><option v-for="one in cases" :key="one" :value="one">{{ one }}</option></select></span></label>
          <p v-if="wrong.case" class="w-field-error" role="status">{{ wrong.case }}</p>
          <label class="w-grid-field"><span>Judge <span class="w-muted">what a model must find true</span></span><textarea class="w-input" rows="2" v-model="wanted.judge" dir="auto" data-mark="grid-judge" placeholder="It answers the question in a friendly tone." @input="soon"></textarea></label>
          <div v-if="wanted.judge.trim()" class="w-row">
            <span class="w-select w-grow"><select class="w-input" v-model="wanted.judged" aria-label="Which output is judged" @change="take"><option value="">{{ outputs[0] || 'no output' }}</option><option v-for="one in outputs.slice(1)" :key="one" :value="one">{{ one }}</option></select></span>
            <input class="w-input w-grow" v-model="wanted.judge_model" list="w-grid-models" placeholder="the flow's model" aria-label="Model that judges" spellcheck="false" @input="soon">
          </div>
          <p v-if="wrong.judge" class="w-field-error" role="status">{{ wrong.judge }}</p>
        </section>
        <section class="w-grid-go">
          <label class="w-grid-field w-grid-most"><span>Spend at most, in $</span><input class="w-input" v-model="most" inputmode="decimal" placeholder="no limit" data-mark="grid-most" :aria-invalid="!!wrong.most" @input="soon"></label>
          <p v-if="wrong.most" class="w-field-error" role="status">{{ wrong.most }}</p>
          <p class="w-grid-sum" role="status" data-mark="grid-sum">{{ sum }}</p>
          <p v-if="error || wrong.run" class="w-field-error" role="alert">{{ error || wrong.run }}</p>
          <button v-if="active" type="button" class="w-button w-button--danger" data-mark="grid-stop" @click="ask('stop')"><span class="w-icon w-icon--stop" aria-hidden="true"></span>Stop</button>
          <button v-else type="button" class="w-button w-button--primary" data-mark="grid-run" data-changes :disabled="!missing || looking || !!wrong.most" @click="run"><span class="w-icon w-icon--play" aria-hidden="true"></span>{{ cells && missing < cells ? 'Run what is missing' : 'Run' }}</button>
        </section>
      </template>
    </div>`,
  mounted() { this.again(); },
  beforeUnmount() { clearTimeout(this.pause); },
  methods: {
    place: (one) => `${one.node}.${one.param}`,
    isModel(one) { return this.texts.some((text) => text.model && this.place(text) === this.place(one)); },
    example() { return this.inputs.length ? `${this.inputs.join(",")},expected\n…` : ""; },
    /** The flow, or the page, is another: what can be chosen, then what it would cost. */
    async again() {
      try {
        const found = await this.ask("look");
        if (this.wanted) delete found.wanted;
        Object.assign(this, found);
        if (found.wanted) this.most = found.wanted.max_cost ?? "";
        if (!this.files.length) this.wanted.file = "";
        await this.take();
      } catch (error) { this.error = error.message; }
    },
    soon() {
      clearTimeout(this.pause);
      this.pause = setTimeout(() => this.take(), PAUSE);
    },
    async take() {
      clearTimeout(this.pause);
      const text = String(this.most).trim().replace(/^\$/, ""), most = text === "" ? null : Number(text);
      const bad = most !== null && !(most >= 0) ? `“${text.slice(0, 40)}” is no amount of dollars.` : "";
      if (!bad) this.wanted.max_cost = most;
      const turn = this.turn = (this.turn ?? 0) + 1;
      this.looking = true;
      try {
        const found = await this.ask("want", { wanted: JSON.parse(JSON.stringify(this.wanted)) });
        if (turn !== this.turn) return;
        Object.assign(this, found, { error: "" });
        if (bad) this.wrong = { ...this.wrong, most: bad };
      } catch (error) {
        if (turn === this.turn) this.error = error.message;
      }
      if (turn === this.turn) this.looking = false;
    },
    add() {
      const text = this.plain[0] ?? this.texts[0];
      this.wanted.variants.push({ name: `variant ${this.wanted.variants.length + 1}`, node: text.node, param: text.param, value: text.value });
      this.take();
    },
    move(one, place) {
      const text = this.texts.find((each) => this.place(each) === place);
      if (text) Object.assign(one, { node: text.node, param: text.param, value: text.value });
      this.take();
    },
    model() {
      const name = this.another.trim();
      if (name && !this.wanted.models.includes(name)) this.wanted.models.push(name);
      this.another = "";
      this.take();
    },
    async run() {
      try { this.error = await this.ask("run"); } catch (error) { this.error = error.message; }
    },
    /** Cells were done, or the run began or ended. */
    moved(active) {
      this.active = active;
      if (!active) this.take();
    },
  },
};
