/**
 * The editor of a prompt: a plain text area, so that undo, input methods, spelling, selection and screen readers are
 * the browser's own, with a layer below that colours its `{{holes}}`. It completes after `{{` and `|`, finds, and
 * grows into a dialog with what the node will see beside it: the same text area, moved nowhere, keeps its history.
 *
 * What is typed goes up as `{value, seq, base}`; `base` is the server's value it was typed on. If the server's is
 * another by now, both stay until the person has chosen.
 */
import { Finder, Seen, cut, finding, found, judge, offers, read } from "weft-prompt";
import { Presses, Prose } from "weft-view";

const LEAVING = ["beforeunload", "pagehide", "visibilitychange"];
const PAUSE = 350;
const LONGEST = 2000;

export default {
  components: { Prose },
  components: { Finder, Seen },
  props: {
    name: String, label: String, badge: String, help: String, error: String, placeholder: String, dot: String,
    value: { type: String, default: "" },
    ack: { type: Number, default: 0 },
    picks: { type: Array, default: () => [] },
    known: { type: Object, default: () => ({ ports: [], sources: [], state: [], filters: [], problems: [], of: "" }) },
    reset: { type: String, default: "" }, // what "Reset" would put there; "" where there is nothing to reset
    seen: { type: Object, default: null },
    locked: Boolean, // to be read and copied from
  },
  emits: ["change", "pick", "wire", "reset", "large", "jump"],
  data() {
    return {
      draft: this.value, base: this.value, sent: null, theirs: null, seq: 0, timer: 0, large: false, caret: -1,
      list: null, at: 0, place: {}, finding: false, wanted: "", hit: -1, id: `w-prompt-${Math.random().toString(36).slice(2)}`,
    };
  },
  computed: {
    parts() {
      return read(this.draft).map((part) => (part.kind === "text" ? part : { ...part, ...judge(part, this.known, this.draft) }));
    },
    hits() {
      return this.finding ? found(this.draft, this.wanted) : [];
    },
    pieces() {
      return cut(this.parts, this.hits);
    },
    /** About the hole at the caret, else about the first that has something wrong. */
    told() {
      const holes = this.parts.filter((part) => part.kind !== "text");
      const here = holes.find((part) => part.start < this.caret && this.caret <= part.end);
      const wrong = holes.find((part) => part.look === "bad") ?? holes.find((part) => part.look === "unfilled");
      const one = here ?? wrong;
      return one ? { text: one.told, look: one.look } : { text: "{{ for an input", look: "" };
    },
    described() {
      return [this.error && `${this.id}-error`, !this.locked && `${this.id}-told`, this.help && `${this.id}-help`].filter(Boolean).join(" ");
    },
  },
  watch: { value: "take", ack: "take" },
  template: `
    <dialog open ref="box" class="w-field w-prompt" :class="{ 'w-field--error': error, 'w-prompt--large': large }" :data-field="name"
      :role="large ? 'dialog' : 'group'" :aria-label="large ? label + ', large' : label" @cancel.prevent="escape" @keydown="held">
      <div class="w-prompt-main">
        <div class="w-label-row">
          <span v-if="dot" class="w-port-dot" :class="'w-port-dot--' + dot" aria-hidden="true"></span>
          <label class="w-label" :for="id">{{ label }}</label>
          <span class="w-badge">{{ badge }}</span>
          <button v-if="reset" type="button" class="w-quiet" :title="'Back to: ' + reset" @click="$emit('reset', {})">Reset</button>
          <select v-if="picks.length && !large" class="w-pick" :aria-label="'Wire ' + label" title="Take it from another step or an input of the flow" @change="pick">
            <option value="" selected>Wire</option>
            <option v-for="option in picks" :key="option.value" :value="option.value">{{ option.label }}</option>
          </select>
          <button type="button" class="w-quiet" :title="large ? 'Back to the form (Esc)' : 'Large, with what the node will see (Ctrl+Shift+Enter)'"
            :aria-label="large ? 'Back to the form' : 'Edit ' + label + ' large'" @click="large ? shrink() : enlarge()">{{ large ? 'Close' : 'Large' }}</button>
        </div>
        <Finder v-if="finding" :count="hits.length" :at="hit" @wanted="look" @step="step" @close="unfind" />
        <div v-if="theirs !== null" class="w-box w-box--warning" role="alert">
          <div class="w-grow"><div>This text was changed elsewhere meanwhile.</div><div class="w-prompt-theirs">{{ theirs }}</div>
            <div class="w-row"><button type="button" class="w-button w-button--small" @click="choose(true)">Take theirs</button>
            <button type="button" class="w-button w-button--small" @click="choose(false)">Keep mine</button></div></div>
        </div>
        <div class="w-area w-area--tall">
          <div ref="mirror" class="w-area-mirror" aria-hidden="true"><template v-for="(part, index) in pieces" :key="index"><mark
            v-if="part.kind !== 'text' || part.hit >= 0" :class="[part.look && 'w-hole--' + part.look, { 'w-hit': part.hit >= 0, 'w-hit--now': part.hit === hit && hit >= 0 }]"
            >{{ part.piece }}</mark><template v-else>{{ part.piece }}</template></template>&#8203;</div>
          <textarea ref="input" class="w-input" rows="1" dir="auto" :id="id" v-model="draft" :placeholder="placeholder" :readonly="locked" spellcheck="true"
            aria-autocomplete="list" :aria-controls="list ? id + '-list' : undefined" :aria-activedescendant="list ? id + '-o' + at : undefined"
            :aria-invalid="!!error" :aria-describedby="described" @input="typed" @blur="leave" @keydown="keydown" @scroll="scroll"
            @click="moved" @keyup="moved" @compositionend="typed"></textarea>
        </div>
        <div v-if="!locked" class="w-told" :class="'w-told--' + told.look" :id="id + '-told'" :title="told.text">{{ told.text }}</div>
        <div v-if="error" class="w-field-error" role="alert" :id="id + '-error'">{{ error }}</div>
        <div v-if="help" class="w-field-help" :id="id + '-help'"><Prose :text="help" /></div>
      </div>
      <div v-if="large" class="w-prompt-seen" role="region" aria-label="What this node will see" tabindex="0"><h3>What this node will see</h3><Seen :preview="seen" @jump="jump" /></div>
      <ul v-if="list" ref="list" class="w-offers" role="listbox" aria-label="What to put here" :id="id + '-list'" :style="place">
        <li v-for="(item, index) in list.items" :key="index" role="option" class="w-offer" :id="id + '-o' + index" :aria-selected="index === at"
          @pointerdown.prevent @click="accept(index)"><span class="w-offer-kind" :class="'w-offer-kind--' + item.kind" aria-hidden="true"></span>
          <span class="w-offer-name">{{ item.label }}</span><span class="w-offer-detail">{{ item.detail }}</span></li>
      </ul>
    </dialog>
  `,
  mounted() {
    this.fit();
    let width = 0;
    this.sizes = new ResizeObserver(() => {
      if (this.$el.clientWidth === width) return;
      width = this.$el.clientWidth;
      requestAnimationFrame(this.fit);
    });
    this.sizes.observe(this.$el);
    this.presses = new Presses(() => this.$el, () => this.flush());
    for (const event of LEAVING) window.addEventListener(event, this.flush, true);
  },
  beforeUnmount() {
    this.sizes.disconnect();
    this.presses.end();
    for (const event of LEAVING) window.removeEventListener(event, this.flush, true);
    this.flush();
  },
  methods: {
    // --- between here and the server ---
    take() {
      if (this.ack < this.seq) return; // it has not seen yet what was sent
      if (this.value === this.draft || this.value === this.sent) {
        this.base = this.value;
        this.theirs = null;
      } else if (this.value === this.base) {
        return;
      } else if (this.timer || document.activeElement === this.$refs.input) {
        this.theirs = this.value;
        clearTimeout(this.timer);
        this.timer = 0;
      } else {
        this.draft = this.base = this.value;
        this.theirs = null;
        this.$nextTick(this.fit);
      }
    },
    choose(theirs) {
      this.base = this.value;
      if (theirs) this.replace(0, this.draft.length, this.theirs);
      this.theirs = null;
      this.send("change", {});
      this.$refs.input.focus();
    },
    typed(event) {
      this.fit();
      this.moved();
      if (!event?.isComposing) this.complete();
      if (this.theirs !== null) return;
      if (!this.timer) this.since = Date.now();
      clearTimeout(this.timer);
      this.timer = setTimeout(this.paused, Math.min(PAUSE, Math.max(0, this.since + LONGEST - Date.now())));
    },
    paused() {
      if (this.presses.held) this.timer = setTimeout(this.paused, PAUSE);
      else this.flush();
    },
    flush() {
      if (this.timer) this.send("change", {});
    },
    send(event, more) {
      clearTimeout(this.timer);
      this.timer = 0;
      const base = this.ack < this.seq ? this.sent : this.base; // what is on its way comes before this
      this.seq += 1;
      this.sent = this.draft;
      this.$emit(event, { value: this.draft, seq: this.seq, base, ...more });
    },
    leave() {
      this.list = null;
      this.caret = -1;
      if (!this.presses.held) this.flush();
      if (this.theirs === null) requestAnimationFrame(this.take);
    },
    pick(event) {
      this.$emit("pick", { value: event.target.value });
      event.target.value = "";
    },
    jump(to) {
      this.shrink();
      this.$emit("jump", to);
    },
    // --- keys ---
    held(event) {
      if (this.large && (event.ctrlKey || event.metaKey) && !["s", "Enter"].includes(event.key)) event.stopPropagation();
    },
    keydown(event) {
      const chord = event.ctrlKey || event.metaKey;
      if (event.isComposing) return;
      if (this.list && !chord && this.inList(event)) return;
      if (chord && event.key === "Enter" && event.shiftKey) this.large ? this.shrink() : this.enlarge();
      else if (chord && event.key.toLowerCase() === "f") this.finding = true;
      else if (chord && event.key === " ") this.complete(true);
      else if (event.key === "Escape" && !this.large) event.target.blur();
      else {
        if (chord && (event.key === "Enter" || event.key === "s")) this.flush();
        return;
      }
      event.preventDefault();
      event.stopPropagation();
    },
    inList(event) {
      const count = this.list.items.length;
      if (event.key === "ArrowDown") this.at = (this.at + 1) % count;
      else if (event.key === "ArrowUp") this.at = (this.at + count - 1) % count;
      else if (event.key === "Enter" || event.key === "Tab") this.accept(this.at);
      else if (event.key === "Escape") this.list = null;
      else return false;
      this.$nextTick(() => this.$refs.list?.children[this.at]?.scrollIntoView({ block: "nearest" }));
      event.preventDefault();
      event.stopPropagation();
      return true;
    },
    escape() {
      if (this.list) this.list = null;
      else if (this.finding) this.unfind();
      else this.shrink();
    },
    // --- completion ---
    complete() {
      const area = this.$refs.input;
      if (this.locked || area.selectionStart !== area.selectionEnd) return;
      this.list = offers(this.draft, area.selectionStart, this.known);
      this.at = 0;
      if (this.list) this.$nextTick(this.placeList);
    },
    placeList() {
      const node = document.createRange();
      const { mirror } = this.$refs;
      let left = this.list ? this.list.from : 0;
      const walker = document.createTreeWalker(mirror, NodeFilter.SHOW_TEXT);
      let text = walker.nextNode();
      for (; text && left > text.length; text = walker.nextNode()) left -= text.length;
      if (!text) return;
      node.setStart(text, left);
      node.collapse(true);
      const { left: x, bottom } = node.getBoundingClientRect();
      const below = window.innerHeight - bottom > 240;
      this.place = { left: `${Math.max(8, Math.min(x, window.innerWidth - 328))}px`, ...(below ? { top: `${bottom + 4}px` } : { bottom: `${window.innerHeight - bottom + 24}px` }) };
    },
    accept(index) {
      const { from, to, items } = this.list;
      const item = items[index];
      this.list = null;
      this.replace(from, to, item.insert);
      if (item.caret) this.$refs.input.setSelectionRange(from + item.insert.length - item.caret, from + item.insert.length - item.caret);
      if (item.ref) this.send("wire", { name: item.insert.slice(0, -2), ref: item.ref });
      else this.typed();
      this.list = null;
    },
    /** As if it were typed, so that Ctrl+Z takes it back. */
    replace(from, to, text) {
      const area = this.$refs.input;
      area.focus();
      area.setSelectionRange(from, to);
      if (!document.execCommand("insertText", false, text) && text) area.setRangeText(text, from, to, "end");
      if (!text && from < to) document.execCommand("delete");
      this.draft = area.value;
    },
    ...finding,
    // --- large and small ---
    enlarge() {
      const { selectionStart, selectionEnd } = this.$refs.input;
      this.flush();
      this.large = true;
      this.$emit("large", { large: true });
      this.$refs.box.close();
      this.$refs.box.showModal();
      this.settle(selectionStart, selectionEnd);
    },
    shrink() {
      if (!this.large) return;
      const { selectionStart, selectionEnd } = this.$refs.input;
      this.large = false;
      this.list = null;
      this.$emit("large", { large: false });
      this.$refs.box.close();
      this.$refs.box.show();
      this.settle(selectionStart, selectionEnd);
    },
    settle(start, end) {
      this.$refs.input.focus({ preventScroll: true });
      this.$refs.input.setSelectionRange(start, end);
      this.$nextTick(this.fit);
    },
    moved() {
      this.caret = document.activeElement === this.$refs.input ? this.$refs.input.selectionStart : -1;
    },
    /** As tall as its text, between the limits of the style sheet; the layer below as wide as the text in it. */
    fit() {
      const area = this.$refs.input;
      if (!area?.clientWidth) return;
      area.style.height = "auto";
      if (!this.large) area.style.height = `${area.scrollHeight + area.offsetHeight - area.clientHeight}px`;
      else area.style.height = "100%";
      this.$refs.mirror.style.right = `${area.offsetWidth - area.clientWidth - 2}px`;
      this.scroll();
    },
    scroll() {
      this.$refs.mirror.scrollTop = this.$refs.input.scrollTop;
    },
  },
};
