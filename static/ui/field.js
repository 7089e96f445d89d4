/**
 * One labelled control of a form: a line, a text area, a choice, a combo with suggestions, a switch.
 *
 * What a person types lives here, never in a server prop: an update of the page can arrive between two
 * keystrokes. Every change goes up as `{value, seq}`; the server sends back the last `seq` it has seen as `ack`,
 * and a value from the server is taken only when nothing typed is newer than it.
 *
 * @typedef {{value: string|number, label: string}} Option
 */
import { Presses, Prose } from "weft-view";

const LEAVING = ["beforeunload", "pagehide", "visibilitychange"];
const LONGEST = 2000; // ms after which what is typed goes up though nobody pauses
const HOLE = /\{\{[^{}]*\}\}/g;

/** Split a prompt into plain and `{{hole}}` segments, in order. */
export function segments(text) {
  const parts = [];
  let at = 0;
  for (const match of text.matchAll(HOLE)) {
    if (match.index > at) parts.push({ hole: false, text: text.slice(at, match.index) });
    parts.push({ hole: true, text: match[0] });
    at = match.index + match[0].length;
  }
  if (at < text.length) parts.push({ hole: false, text: text.slice(at) });
  return parts;
}

export default {
  components: { Prose },
  props: {
    kind: { type: String, default: "text" }, // text | multiline | select | combo | switch | pick
    label: { type: String, default: "" },
    hideLabel: Boolean,
    badge: { type: String, default: "" }, // a few words after the label: the type, "required"
    help: { type: String, default: "" },
    error: { type: String, default: "" },
    value: { type: [String, Boolean], default: "" },
    ack: { type: Number, default: 0 },
    placeholder: { type: String, default: "" },
    options: { type: Array, default: () => [] }, // of Option
    dot: { type: String, default: "" }, // the kind of a port, shown as its colour
    reset: { type: String, default: "" }, // what "Reset" would put there; "" where there is nothing to reset
    picks: { type: Array, default: () => [] }, // of Option: references that may fill the port instead
    disabled: Boolean,
    locked: Boolean, // to be read and copied from; what can't be is disabled
    mono: Boolean,
    holes: Boolean, // show {{name}} as a hole
    tall: Boolean, // a text area for more than a line
    name: { type: String, default: "" }, // for tests and for focus
    begins: Boolean, // a dialog that opens puts the focus here
    pause: { type: Number, default: 350 }, // ms of no typing that make one change, and so one step of undo
  },
  emits: ["change", "enter", "pick", "reset"],
  data() {
    return { draft: this.value, seq: 0, timer: 0, list: `w-list-${Math.random().toString(36).slice(2)}` };
  },
  computed: {
    pickTitle: () => "Take it from another step or an input of the flow",
    parts() {
      return this.holes ? segments(String(this.draft)) : [];
    },
    describedBy() {
      const ids = [];
      if (this.error) ids.push(`${this.list}-error`);
      if (this.help) ids.push(`${this.list}-help`);
      return ids.join(" ") || undefined;
    },
  },
  watch: {
    value: "take",
    ack: "take",
  },
  template: `
    <select v-if="kind === 'pick'" class="w-pick" :data-field="name" :aria-label="placeholder + ' ' + label" :title="pickTitle" @change="pick">
      <option value="" selected>{{ placeholder }}</option>
      <option v-for="option in picks" :key="option.value" :value="option.value">{{ option.label }}</option>
    </select>
    <div v-else class="w-field" :class="['w-field--' + kind, { 'w-field--error': error }]" :data-field="name">
      <div v-if="kind === 'switch'" class="w-switch-row">
        <input type="checkbox" role="switch" class="w-switch" :id="list + '-input'" :checked="draft === true"
          :disabled="disabled || locked" :aria-describedby="describedBy" @change="toggle" />
        <label class="w-label" :for="list + '-input'">{{ label }}</label>
        <span v-if="badge" class="w-badge w-grow">{{ badge }}</span>
        <button v-if="reset" type="button" class="w-quiet" :aria-label="'Reset ' + label" :title="'Back to: ' + reset" @click="$emit('reset', {})">Reset</button>
      </div>
      <template v-else>
        <div class="w-label-row" :class="{ 'w-sr': hideLabel }">
          <span v-if="dot" class="w-port-dot" :class="'w-port-dot--' + dot" aria-hidden="true"></span>
          <label class="w-label" :for="list + '-input'">{{ label }}</label>
          <span v-if="badge" class="w-badge">{{ badge }}</span>
          <button v-if="reset" type="button" class="w-quiet" :aria-label="'Reset ' + label" :title="'Back to: ' + reset" @click="$emit('reset', {})">Reset</button>
          <select v-if="picks.length" class="w-pick" :aria-label="'Wire ' + label" :title="pickTitle" @change="pick">
            <option value="" selected>Wire</option>
            <option v-for="option in picks" :key="option.value" :value="option.value">{{ option.label }}</option>
          </select>
        </div>
        <div v-if="kind === 'multiline'" class="w-area" :class="{ 'w-mono': mono, 'w-area--tall': tall }">
          <div v-if="holes" ref="mirror" class="w-area-mirror" aria-hidden="true"><template
            v-for="part in parts"><mark v-if="part.hole">{{ part.text }}</mark><template v-else>{{ part.text }}</template></template>&#8203;</div>
          <textarea ref="input" class="w-input" rows="1" dir="auto" spellcheck="false" :id="list + '-input'" v-model="draft"
            :placeholder="placeholder" :disabled="disabled" :readonly="locked" :aria-invalid="!!error" :aria-describedby="describedBy"
            @input="typed" @blur="left" @keydown="keydown" @scroll="scroll"></textarea>
        </div>
        <div v-else-if="kind === 'select'" class="w-select">
          <select ref="input" class="w-input" :id="list + '-input'" v-model="draft" :disabled="disabled || locked"
            :aria-invalid="!!error" :aria-describedby="describedBy" @change="flush(true)">
            <option v-for="option in options" :key="option.value" :value="option.value">{{ option.label }}</option>
          </select>
        </div>
        <div v-else class="w-line" :class="{ 'w-line--combo': kind === 'combo' }">
          <input ref="input" type="text" class="w-input" dir="auto" :class="{ 'w-mono': mono }" autocomplete="off" spellcheck="false"
            :id="list + '-input'" :list="kind === 'combo' ? list : undefined" v-model="draft" :placeholder="placeholder"
            :disabled="disabled" :readonly="locked" :aria-invalid="!!error" :aria-describedby="describedBy"
            @input="typed" @blur="left" @keydown="keydown" />
          <datalist v-if="kind === 'combo'" :id="list">
            <option v-for="option in options" :key="option.value" :value="option.value">{{ option.label }}</option>
          </datalist>
        </div>
      </template>
      <div v-if="error" class="w-field-error" role="alert" :id="list + '-error'">{{ error }}</div>
      <div v-if="help" class="w-field-help" :id="list + '-help'"><Prose :text="help" /></div>
    </div>
  `,
  mounted() {
    if (this.begins) this.$refs.input.dataset.autofocus = "";
    this.fit();
    let width = 0; // shown at last, or as wide as another; its height is our own doing
    this.sizes = new ResizeObserver(() => {
      if (this.$el.clientWidth === width) return;
      width = this.$el.clientWidth;
      requestAnimationFrame(this.fit);
    });
    this.sizes.observe(this.$el);
    this.presses = new Presses(() => this.$el, () => this.flush());
    for (const name of LEAVING) window.addEventListener(name, this.leave, true);
  },
  beforeUnmount() {
    this.sizes?.disconnect();
    for (const name of LEAVING) window.removeEventListener(name, this.leave, true);
    this.presses?.end();
    this.flush();
  },
  methods: {
    /** The server's value, unless something typed here is newer. */
    take() {
      if (this.timer || this.ack < this.seq || this.draft === this.value) return;
      this.draft = this.value;
      this.$nextTick(this.fit);
    },
    typed() {
      this.fit();
      if (!this.timer) this.since = Date.now();
      clearTimeout(this.timer);
      this.timer = setTimeout(this.paused, Math.min(this.pause, Math.max(0, this.since + LONGEST - Date.now())));
    },
    /** The page may be gone in a moment: what is typed goes up now. */
    leave() {
      this.flush();
    },
    flush(now) {
      if (!this.timer && now !== true) return;
      clearTimeout(this.timer);
      this.timer = 0;
      this.seq += 1;
      this.$emit("change", { value: this.draft, seq: this.seq });
    },
    /** Nothing was typed for a while. */
    paused() {
      if (this.presses.held) this.timer = setTimeout(this.paused, this.pause);
      else this.flush();
    },
    /** The caret is elsewhere. Where a press took it there, what is typed goes up with the end of the press. */
    left() {
      if (!this.presses.held) this.flush();
    },
    pick(event) {
      this.$emit("pick", { value: event.target.value });
      event.target.value = "";
    },
    toggle(event) {
      this.draft = event.target.checked;
      this.flush(true);
    },
    keydown(event) {
      if (event.key === "Enter" && this.kind !== "multiline") {
        this.flush();
        this.$emit("enter", { value: this.draft });
      } else if (event.ctrlKey || event.metaKey) {
        // A shortcut such as save or run acts on the flow: what is typed belongs to it.
        if (event.key === "Enter" || event.key === "s") this.flush();
      } else if (event.key === "Escape" && !this.$el.closest(".q-dialog")) {
        event.target.blur();
        event.stopPropagation();
      }
    },
    /** As tall as its text, between the limits of the style sheet. */
    fit() {
      const area = this.kind === "multiline" ? this.$refs.input : null;
      if (!area || !area.clientWidth) return;
      area.style.height = "auto";
      area.style.height = `${area.scrollHeight + area.offsetHeight - area.clientHeight}px`;
      this.scroll();
    },
    scroll() {
      if (this.$refs.mirror) this.$refs.mirror.scrollTop = this.$refs.input.scrollTop;
    },
    /** Put the caret into the control. */
    grab() {
      this.$refs.input?.focus();
      this.$refs.input?.select?.();
    },
    clear() {
      this.draft = "";
    },
  },
};
