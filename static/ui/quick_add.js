/**
 * The list of components at the pointer, with a field that narrows it. Type, arrows, Enter; Escape or a press
 * elsewhere closes it.
 *
 * @typedef {{name: string, title: string, help: string, color: string}} Item
 */
import { Prose } from "weft-view";

const WIDTH = 280;
const HEIGHT = 320;

export default {
  components: { Prose },
  emits: ["choose", "closed"],
  data() {
    return { open: false, x: 0, y: 0, text: "", at: 0, items: [], title: "" };
  },
  computed: {
    shown() {
      const words = this.text.toLowerCase().split(/\s+/).filter(Boolean);
      const fits = (item) => words.every((word) => `${item.name} ${item.title} ${item.help}`.toLowerCase().includes(word));
      const start = (item) => (words.length && item.title.toLowerCase().startsWith(words[0]) ? 0 : 1);
      return this.items.filter(fits).sort((a, b) => start(a) - start(b));
    },
  },
  watch: {
    text() {
      this.at = 0;
    },
  },
  template: `
    <div v-if="open" class="w-quick" role="dialog" :aria-label="title" :style="{ left: x + 'px', top: y + 'px' }" @keydown="keydown">
      <div class="w-search">
        <span class="w-icon w-icon--search" aria-hidden="true"></span>
        <input ref="input" class="w-input" v-model="text" spellcheck="false" autocomplete="off" :placeholder="title" :aria-label="title"
          role="combobox" aria-expanded="true" aria-controls="w-quick-list" :aria-activedescendant="'w-quick-' + at" />
      </div>
      <div class="w-quick-list" id="w-quick-list" role="listbox" :aria-label="title">
        <div v-for="(item, index) in shown" :key="item.name" :id="'w-quick-' + index" class="w-quick-item" role="option"
          :aria-selected="index === at" @pointerenter="at = index" @click="choose(item)">
          <span class="w-square" :style="item.color ? { '--w-square': item.color } : {}"></span>
          <span class="w-grow"><span class="w-palette-name">{{ item.title }}</span><span class="w-quick-help w-ellipsis"><Prose :text="item.help" /></span></span>
        </div>
        <div v-if="!shown.length" class="w-empty">No component {{ items.length ? 'matches' : 'fits here' }}.</div>
      </div>
    </div>
    <div v-else hidden></div>
  `,
  mounted() {
    document.addEventListener("pointerdown", this.pressed, true);
  },
  unmounted() {
    document.removeEventListener("pointerdown", this.pressed, true);
  },
  methods: {
    /** @param {Item[]} items @param {number} x @param {number} y on the screen @param {string} title */
    show(items, x, y, title) {
      this.items = items;
      this.title = title;
      this.text = "";
      this.at = 0;
      this.x = Math.max(8, Math.min(x, window.innerWidth - WIDTH - 8));
      this.y = Math.max(56, Math.min(y, window.innerHeight - HEIGHT - 8));
      this.open = true;
      this.$nextTick(() => this.$refs.input.focus());
    },
    choose(item) {
      this.open = false;
      this.$emit("choose", { component: item.name });
    },
    close() {
      if (!this.open) return;
      this.open = false;
      this.$emit("closed", {});
    },
    pressed(event) {
      if (this.open && !this.$el.contains(event.target)) this.close();
    },
    keydown(event) {
      event.stopPropagation(); // else the canvas would take the letters for shortcuts
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        this.at = Math.max(0, Math.min(this.shown.length - 1, this.at + step));
        this.$nextTick(() => document.getElementById(`w-quick-${this.at}`)?.scrollIntoView({ block: "nearest" }));
      } else if (event.key === "Enter" && this.shown[this.at]) this.choose(this.shown[this.at]);
      else if (event.key === "Escape" || event.key === "Tab") this.close();
      else return;
      event.preventDefault();
    },
  },
};
