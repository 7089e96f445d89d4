/**
 * The changes between two revisions: which ones, a line for each change, and the chosen one part by part, before and
 * after side by side. Next and previous go through them; each can be taken back. Both can be drawn on the canvas.
 */
import { asking, clock } from "weft-view";

const SIGNS = { added: "+", removed: "−", changed: "~", renamed: "›", reordered: "↕", moved: "↔" };
const OTHER = "git:";
const HEAD = "git:HEAD";
const FOLD = 400, SEEN = 140;

const CHOICES = `
  <optgroup label="Here"><option value="now">Now</option><option value="file">The file on disk</option></optgroup>
  <optgroup v-if="committed" label="git"><option value="${HEAD}">Last commit (HEAD)</option><option v-for="one in commits" :key="one.name" :value="one.name">{{ commit(one) }}</option><option value="${OTHER}">Another revision in git…</option></optgroup>
  <optgroup v-if="sources.length" label="Edits"><option v-for="one in sources" :key="one.name" :value="one.name">{{ words(one) }}</option></optgroup>`;

export default {
  mixins: [asking],
  data() {
    return { sources: [], commits: [], committed: true, none: false, old: HEAD, now: "now", typed: { old: "", now: "" }, time: Date.now(), made: null, busy: false, error: "", here: "", parts: null, on: false };
  },
  computed: {
    at() { return (this.made?.entries ?? []).findIndex((one) => one.key === this.here); },
    chosenOne() { return this.made?.entries[this.at]; },
  },
  template: `
    <div class="w-beside w-changes" @keydown.esc="leave">
      <div class="w-beside-bar w-changes-bar">
        <label><span class="w-muted">From</span> <span class="w-select"><select class="w-input" aria-label="Older revision" v-model="old" data-mark="changes-old" @change="chosen('old')">${CHOICES}</select></span></label>
        <form v-if="old === '${OTHER}'" class="w-changes-git" @submit.prevent="compare"><input ref="old" class="w-input" v-model="typed.old" aria-label="Revision in git" placeholder="HEAD~3, main, v1.2" data-mark="changes-git" spellcheck="false"><button type="submit" class="w-button w-button--small">Compare</button></form>
        <label><span class="w-muted">to</span> <span class="w-select"><select class="w-input" aria-label="Newer revision" v-model="now" data-mark="changes-new" @change="chosen('now')">${CHOICES}</select></span></label>
        <form v-if="now === '${OTHER}'" class="w-changes-git" @submit.prevent="compare"><input ref="now" class="w-input" v-model="typed.now" aria-label="Newer revision in git" placeholder="HEAD~3, main, v1.2" spellcheck="false"><button type="submit" class="w-button w-button--small">Compare</button></form>
        <button type="button" class="w-button w-button--small" data-mark="changes-swap" aria-label="Swap the two" title="Look from the other side" @click="swap"><span class="w-icon w-icon--refresh" aria-hidden="true"></span><span class="w-changes-word">Swap</span></button>
        <button type="button" class="w-button w-button--small" data-mark="changes-canvas" aria-label="On the canvas" :aria-pressed="on ? 'true' : 'false'" :disabled="!made" title="Draw both together on the canvas  V" @click="hold"><span class="w-icon w-icon--compare" aria-hidden="true"></span><span class="w-changes-word">On the canvas</span></button>
        <span class="w-muted w-grow w-ellipsis" role="status" data-mark="changes-count" :title="made?.told">{{ busy ? 'Comparing…' : made?.told }}</span>
        <span v-if="at >= 0" class="w-muted">{{ at + 1 }} of {{ made.entries.length }}</span>
        <button type="button" class="w-button w-button--small" data-mark="changes-previous" aria-label="Previous" title="Previous change" :disabled="!made?.entries.length" @click="step(-1)"><span class="w-icon w-icon--up" aria-hidden="true"></span><span class="w-changes-word">Previous</span></button>
        <button type="button" class="w-button w-button--small" data-mark="changes-next" aria-label="Next" title="Next change" :disabled="!made?.entries.length" @click="step(1)"><span class="w-icon w-icon--down" aria-hidden="true"></span><span class="w-changes-word">Next</span></button>
      </div>
      <div v-if="error" class="w-empty" role="alert">{{ error }}</div>
      <div v-else-if="none" class="w-empty"><p>Nothing has changed since this flow was opened for the first time.</p><p>Each edit is listed here as it is made, to be looked at and taken back. In a git repository, it can be compared with what was committed too.</p></div>
      <div v-else-if="made && !made.entries.length" class="w-empty">Nothing differs. Both versions are the same, on the canvas too.</div>
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
          <div v-if="!chosenOne" class="w-empty">Choose a change, or go through them with Next.</div>
          <template v-else>
            <div class="w-changes-head"><span class="w-section-head w-grow">{{ chosenOne.title }} <span class="w-muted">{{ chosenOne.kind }}</span></span>
              <button v-if="chosenOne.inner && on" type="button" class="w-button w-button--small" data-mark="changes-inside" @click="ask('inside', { node: chosenOne.spot })"><span class="w-icon w-icon--flow" aria-hidden="true"></span>Open the flow inside</button>
              <button v-if="made.live" type="button" class="w-button w-button--small" data-mark="changes-back" data-changes @click="back(-1)"><span class="w-icon w-icon--undo" aria-hidden="true"></span>Take back</button></div>
            <div v-if="chosenOne.was" class="w-muted">It was called {{ chosenOne.was }}.</div>
            <section v-for="part in parts || []" :key="part.name" class="w-part"><h4>{{ part.name }}<button v-if="made.live && part.number !== undefined && parts.length > 1" type="button" class="w-button w-button--ghost w-button--small" data-changes @click="back(part.number)">Take back this part</button></h4>
              <div v-if="part.kind === 'text'" class="w-sides"><div v-for="side in sides(part)" :key="side.name" class="w-pieces"><span class="w-side-name">{{ side.name }}</span><template v-for="(piece, i) in side.pieces" :key="i"><del v-if="piece[0] === 'gone'">{{ piece[1] }}</del><ins v-else-if="piece[0] === 'new'">{{ piece[1] }}</ins><span v-else>{{ fold(piece[1], i, side.pieces.length) }}</span></template></div></div>
              <div v-else class="w-places"><div v-for="(one, i) in part.places" :key="i" class="w-place"><code>{{ one.place || 'value' }}</code><del v-if="one.kind !== 'new'">{{ one.before }}</del><span v-if="one.kind === 'changed'" aria-hidden="true">→</span><ins v-if="one.kind !== 'gone'">{{ one.after }}</ins></div></div>
              <div v-if="part.cut" class="w-muted w-small">There is more than is compared here.</div></section>
          </template>
        </div>
      </template>
    </div>`,
  methods: {
    sign: (kind) => SIGNS[kind] ?? "~",
    words(one) { return [`${one.rev} · ${one.label}`, one.who, this.ago(one)].filter(Boolean).join(" · "); },
    commit(one) { return [one.name.slice(4, 11), one.label, one.who, this.ago(one)].filter(Boolean).join(" · "); },
    ago(one) { return one.when && clock(Date.parse(one.when), this.time, true); },
    /** What was there, and what is: only one of them where there was nothing, or is nothing now. */
    sides({ pieces }) {
      const was = pieces.filter(([kind]) => kind !== "new"), is = pieces.filter(([kind]) => kind !== "gone");
      return [{ name: "Before", pieces: was }, { name: "After", pieces: is }].filter((side) => side.pieces.length);
    },
    fold(text, i, count) {
      if (text.length < FOLD) return text;
      return `${i ? text.slice(0, SEEN) : ""} … ${i < count - 1 ? text.slice(-SEEN) : ""}`;
    },
    revision(side) { return this[side] === OTHER ? `git:${this.typed[side].trim()}` : this[side]; },
    /** @param {string} old @param {string} now what is compared from here on; "" as it was */
    async begin(old, now) {
      this.time = Date.now();
      await this.read();
      if (old) { this.take("old", old); this.take("now", now || "now"); }
      else if (!this.committed && (this.none || this.old.startsWith(OTHER))) this.old = this.sources.at(-1)?.name ?? "file"; // since the first edit that is known
      this.none = !this.committed && !this.sources.length && this.old === "file" && this.now === "now";
      if (!this.none) await this.compare();
    },
    /** A revision as a choice of its list; one of git that isn't listed as if it had been typed in. */
    take(side, name) {
      const listed = [...this.sources, ...this.commits].some((one) => one.name === name) || ["now", "file", HEAD].includes(name);
      if (listed || !name.startsWith(OTHER)) this[side] = name;
      else { this[side] = OTHER; this.typed[side] = name.slice(OTHER.length); }
    },
    async read() {
      try {
        const { edits, commits, committed } = await this.ask("sources");
        Object.assign(this, { sources: edits, commits, committed, error: "" });
      } catch (error) { Object.assign(this, { sources: [], commits: [], error: error.message }); }
    },
    async chosen(side) {
      if (this[side] !== OTHER) { this.compare(); return; }
      await this.$nextTick();
      this.$refs[side]?.focus();
    },
    async compare() {
      const turn = this.turn = (this.turn ?? 0) + 1;
      this.busy = true;
      try {
        const made = await this.ask("compare", { old: this.revision("old"), new: this.revision("now") });
        if (turn !== this.turn) return;
        const before = Math.max(0, this.at);
        Object.assign(this, { made, error: "", on: made.held });
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
      if (this.none) { await this.begin("", ""); return; }
      try { this.sources = (await this.ask("sources", { git: false })).edits; } catch { /* as they were */ }
      await this.compare();
    },
    swap() {
      [this.old, this.now] = [this.now, this.old];
      this.typed = { old: this.typed.now, now: this.typed.old };
      this.compare();
    },
    hold() { this.ask("hold", { on: !this.on }); },
    /** Both are drawn on the canvas, or no longer. */
    held(on) { this.on = on; },
    leave(event) {
      if (!this.on || event.target.matches("select, input")) return;
      event.preventDefault();
      this.ask("hold", { on: false });
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
      const entries = this.made?.entries ?? [];
      if (!entries.length) return;
      const to = this.at < 0 ? (by > 0 ? 0 : entries.length - 1) : (this.at + by + entries.length) % entries.length;
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
