/**
 * The changes between two revisions: which ones, a line for each change, and the chosen one part by part with what is
 * gone and what is new marked. Next and previous go through them; each can be taken back.
 */
import { asking, clock } from "weft-view";

const SIGNS = { added: "+", removed: "−", changed: "~", renamed: "›", reordered: "↕", moved: "↔" };
const OTHER = "git:";

export default {
  mixins: [asking],
  data() {
    return { sources: [], committed: true, none: false, old: "git:HEAD", typed: "", now: "now", time: Date.now(), made: null, busy: false, error: "", here: "", parts: null };
  },
  computed: {
    revision() { return this.old === OTHER ? `git:${this.typed.trim()}` : this.old; },
    counts() {
      const found = new Map();
      for (const { kind } of this.made?.entries ?? []) found.set(kind, (found.get(kind) ?? 0) + 1);
      return [...found].map(([kind, count]) => `${count} ${kind}`).join(" · ");
    },
    at() { return (this.made?.entries ?? []).findIndex((one) => one.key === this.here); },
  },
  template: `
    <div class="w-beside w-changes">
      <div class="w-beside-bar w-changes-bar">
        <label><span class="w-muted">From</span> <span class="w-select"><select class="w-input" aria-label="Older revision" v-model="old" data-mark="changes-old" @change="chosen">
          <optgroup v-if="committed" label="git"><option value="git:HEAD">Last commit (HEAD)</option><option value="${OTHER}">Another revision in git…</option></optgroup>
          <optgroup label="File"><option value="file">The file on disk</option></optgroup>
          <optgroup v-if="sources.length" label="Edits"><option v-for="one in sources" :key="one.name" :value="one.name">{{ words(one) }}</option></optgroup>
        </select></span></label>
        <form v-if="old === '${OTHER}'" class="w-changes-git" @submit.prevent="compare"><input ref="git" class="w-input" v-model="typed" aria-label="Revision in git" placeholder="HEAD~3, main, v1.2" data-mark="changes-git" spellcheck="false"><button type="submit" class="w-button w-button--small">Compare</button></form>
        <label><span class="w-muted">to</span> <span class="w-select"><select class="w-input" aria-label="Newer revision" v-model="now" data-mark="changes-new" @change="compare">
          <option value="now">Now</option><option v-for="one in sources" :key="one.name" :value="one.name">{{ words(one) }}</option>
        </select></span></label>
        <span class="w-muted w-grow w-ellipsis" role="status" data-mark="changes-count">{{ busy ? 'Comparing…' : counts }}</span>
        <span v-if="at >= 0" class="w-muted">{{ at + 1 }} of {{ made.entries.length }}</span>
        <button type="button" class="w-button w-button--small" data-mark="changes-previous" aria-label="Previous" title="Previous change" :disabled="!made?.entries.length" @click="step(-1)"><span class="w-icon w-icon--up" aria-hidden="true"></span><span class="w-changes-word">Previous</span></button>
        <button type="button" class="w-button w-button--small" data-mark="changes-next" aria-label="Next" title="Next change" :disabled="!made?.entries.length" @click="step(1)"><span class="w-icon w-icon--down" aria-hidden="true"></span><span class="w-changes-word">Next</span></button>
      </div>
      <div v-if="error" class="w-empty" role="alert">{{ error }}</div>
      <div v-else-if="none" class="w-empty"><p>Nothing has changed since this flow was opened for the first time.</p><p>Each edit is listed here as it is made, to be looked at and taken back. In a git repository, it can be compared with what was committed too.</p></div>
      <div v-else-if="made && !made.entries.length" class="w-empty">Nothing differs.</div>
      <template v-else-if="made">
        <div ref="list" class="w-beside-list w-changes-list" role="listbox" aria-label="Changes" tabindex="0" :aria-activedescendant="at < 0 ? undefined : 'w-change-' + at" @keydown="keydown">
          <div v-for="(one, i) in made.entries" :key="one.key" :id="'w-change-' + i" class="w-change" role="option" :aria-selected="one.key === here" :data-change="one.key" @click="choose(one.key)">
            <b class="w-change-sign" :class="'w-change--' + one.kind" aria-hidden="true">{{ sign(one.kind) }}</b>
            <span class="w-change-kind">{{ one.kind }}</span>
            <span class="w-ellipsis w-grow"><b>{{ one.title }}</b><span v-if="one.was" class="w-muted"> was {{ one.was }}</span> <span class="w-muted">{{ one.what }}</span></span>
          </div>
          <div v-if="made.count > made.entries.length" class="w-muted w-change">and {{ made.count - made.entries.length }} more</div>
        </div>
        <div class="w-beside-detail w-changes-detail" tabindex="0" role="region" aria-label="The change" aria-live="polite">
          <div v-if="!here" class="w-empty">Choose a change, or go through them with Next.</div>
          <template v-else>
            <div class="w-changes-head"><span class="w-section-head w-grow">{{ made.entries[at]?.title }} <span class="w-muted">{{ made.entries[at]?.kind }}</span></span>
              <button v-if="made.live" type="button" class="w-button w-button--small" data-mark="changes-back" @click="back(-1)"><span class="w-icon w-icon--undo" aria-hidden="true"></span>Take back</button></div>
            <div v-if="made.entries[at]?.was" class="w-muted">It was called {{ made.entries[at].was }}.</div>
            <section v-for="part in parts || []" :key="part.name" class="w-part"><h4>{{ part.name }}<button v-if="made.live && part.number !== undefined && parts.length > 1" type="button" class="w-button w-button--ghost w-button--small" @click="back(part.number)">Take back this part</button></h4>
              <div v-if="part.kind === 'text'" class="w-pieces"><template v-for="(piece, i) in part.pieces" :key="i"><del v-if="piece[0] === 'gone'">{{ piece[1] }}</del><ins v-else-if="piece[0] === 'new'">{{ piece[1] }}</ins><span v-else>{{ fold(piece[1], i, part.pieces.length) }}</span></template></div>
              <div v-else class="w-places"><div v-for="(one, i) in part.places" :key="i" class="w-place"><code>{{ one.place || 'value' }}</code><del v-if="one.kind !== 'new'">{{ one.before }}</del><ins v-if="one.kind !== 'gone'">{{ one.after }}</ins></div></div>
              <div v-if="part.cut" class="w-muted w-small">There is more than is compared here.</div></section>
          </template>
        </div>
      </template>
    </div>`,
  methods: {
    sign: (kind) => SIGNS[kind] ?? "~",
    words(one) { return [`${one.rev} · ${one.label}`, one.who, one.when && clock(Date.parse(one.when), this.time, true)].filter(Boolean).join(" · "); },
    fold(text, i, count) {
      if (text.length < 400) return text;
      return `${i ? text.slice(0, 140) : ""} … ${i < count - 1 ? text.slice(-140) : ""}`;
    },
    async begin(old) {
      this.time = Date.now();
      if (old) Object.assign(this, { old, now: "now" });
      await this.read();
      if (!this.committed && this.old.startsWith(OTHER)) this.old = this.sources.at(-1)?.name ?? "file"; // since the first edit that is known
      this.none = !this.committed && !this.sources.length && this.old === "file";
      if (!this.none) await this.compare();
    },
    async read() {
      try {
        const { edits, committed } = await this.ask("sources");
        Object.assign(this, { sources: edits, committed, error: "" });
      } catch (error) { Object.assign(this, { sources: [], error: error.message }); }
    },
    async chosen() {
      if (this.old !== OTHER) { this.compare(); return; }
      await this.$nextTick();
      this.$refs.git?.focus();
    },
    async compare() {
      const turn = this.turn = (this.turn ?? 0) + 1;
      this.busy = true;
      try {
        const made = await this.ask("compare", { old: this.revision, new: this.now });
        if (turn !== this.turn) return;
        const before = Math.max(0, this.at);
        Object.assign(this, { made, error: "" });
        if (this.here && this.at < 0) this.here = made.entries[Math.min(before, made.entries.length - 1)]?.key ?? "";
        await this.look();
      } catch (error) {
        if (turn === this.turn) Object.assign(this, { made: null, error: error.message, here: "", parts: null });
      } finally {
        if (turn === this.turn) this.busy = false;
      }
    },
    /** The flow has been edited. */
    async again() {
      if (this.none) { await this.begin(""); return; }
      try { this.sources = (await this.ask("sources")).edits; } catch { /* as they were */ }
      await this.compare();
    },
    async look() {
      const key = this.here;
      const parts = key ? await this.ask("detail", { key }) : null;
      if (key === this.here) this.parts = parts;
    },
    async choose(key) {
      this.here = key;
      this.parts = null;
      this.ask("here", { key });
      await this.look();
      this.$refs.list?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
    },
    step(by) {
      const { entries } = this.made, to = this.at < 0 ? (by > 0 ? 0 : entries.length - 1) : (this.at + by + entries.length) % entries.length;
      this.choose(entries[to].key);
    },
    back(part) { this.ask("back", { key: this.here, part }); },
    keydown(event) {
      const by = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key], { entries } = this.made;
      if (!by || !entries.length) return;
      this.choose(entries[Math.max(0, Math.min(entries.length - 1, this.at + by))].key);
      event.preventDefault();
      event.stopPropagation();
    },
  },
};
