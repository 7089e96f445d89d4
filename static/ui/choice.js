/**
 * One of many, found by typing: a line that opens a list below it. Arrows and Enter choose, Escape closes the list.
 *
 * @typedef {{value: string, label: string, detail: string}} Option  `detail` says where it belongs
 */
const MOST = 200; // lines shown; what is typed narrows them

export default {
  props: {
    name: String, label: String, placeholder: String,
    options: { type: Array, default: () => [] }, // of Option
  },
  emits: ["choose"],
  data() {
    return { text: "", at: 0, open: false, id: `w-choice-${Math.random().toString(36).slice(2)}` };
  },
  computed: {
    fitting() {
      const words = this.text.toLowerCase().split(/\s+/).filter(Boolean);
      const fits = (one) => words.every((word) => `${one.value} ${one.label} ${one.detail}`.toLowerCase().includes(word));
      const later = (one) => (words.length && one.label.toLowerCase().startsWith(words[0]) ? 0 : 1);
      return this.options.filter(fits).sort((a, b) => later(a) - later(b));
    },
    shown() {
      return this.fitting.slice(0, MOST);
    },
    said() {
      if (!this.open) return "";
      return this.fitting.length ? `${this.fitting.length} to choose from` : "Nothing matches";
    },
  },
  watch: {
    text() {
      this.at = 0;
    },
  },
  template: `
    <div class="w-field w-finding" :data-field="name" @focusout="left">
      <div class="w-label-row"><label class="w-label" :for="id">{{ label }}</label></div>
      <div class="w-line w-line--search">
        <span class="w-icon w-icon--search" aria-hidden="true"></span>
        <input ref="input" type="text" class="w-input" :id="id" v-model="text" :placeholder="placeholder" autocomplete="off" spellcheck="false"
          role="combobox" aria-autocomplete="list" :aria-expanded="open" :aria-controls="id + '-list'"
          :aria-activedescendant="open && shown.length ? id + '-' + at : undefined" @focus="open = true" @click="open = true"
          @input="open = true" @keydown="keydown" />
      </div>
      <div v-show="open" class="w-finding-list" :id="id + '-list'" role="listbox" :aria-label="label" @pointerdown.prevent>
        <div v-for="(one, index) in shown" :key="one.value" :id="id + '-' + index" class="w-finding-item" role="option"
          :aria-selected="index === at" @pointermove="at = index" @click="choose(one)">
          <span class="w-grow w-ellipsis">{{ one.label }}</span><span class="w-muted w-small w-ellipsis">{{ one.detail }}</span></div>
        <div v-if="!shown.length" class="w-finding-none">Nothing matches.</div>
        <div v-if="fitting.length > shown.length" class="w-finding-none">{{ fitting.length - shown.length }} more: type to narrow.</div>
      </div>
      <span class="w-sr" role="status">{{ said }}</span>
    </div>`,
  methods: {
    choose(one) {
      this.open = false;
      this.text = "";
      this.$emit("choose", { value: one.value });
    },
    left(event) {
      if (!this.$el.contains(event.relatedTarget)) this.open = false;
    },
    keydown(event) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && !this.open) this.open = true;
      else if (step) this.at = Math.max(0, Math.min(this.shown.length - 1, this.at + step));
      else if (event.key === "Enter" && this.open && this.shown[this.at]) this.choose(this.shown[this.at]);
      else if (event.key === "Escape" && this.open) this.open = false;
      else if (event.key === "Escape") this.$refs.input.blur();
      else return;
      if (step) this.$nextTick(() => document.getElementById(`${this.id}-${this.at}`)?.scrollIntoView({ block: "nearest" }));
      event.preventDefault();
      event.stopPropagation();
    },
  },
};
