/** Find in a prompt: a line with what to find, how many there are, and the ways to the next and the one before. */
export const Finder = {
  props: { count: { type: Number, default: 0 }, at: { type: Number, default: -1 } },
  emits: ["wanted", "step", "close"],
  template: `
    <div class="w-finder" role="search">
      <input ref="input" class="w-input" type="text" aria-label="Find in the prompt" placeholder="Find" autocomplete="off" spellcheck="false"
        @input="$emit('wanted', $event.target.value)" @keydown.stop="keydown" />
      <span class="w-badge" role="status">{{ count ? (at + 1) + ' of ' + count : 'none' }}</span>
      <button type="button" class="w-button w-button--icon w-button--small" aria-label="The one before" @click="$emit('step', -1)"><span class="w-icon w-icon--up"></span></button>
      <button type="button" class="w-button w-button--icon w-button--small" aria-label="The next" @click="$emit('step', 1)"><span class="w-icon w-icon--down"></span></button>
      <button type="button" class="w-button w-button--icon w-button--small" aria-label="Close the search" @click="$emit('close')"><span class="w-icon w-icon--close"></span></button>
    </div>
  `,
  mounted() {
    this.$refs.input.focus();
  },
  methods: {
    keydown(event) {
      if (event.key === "Enter") this.$emit("step", event.shiftKey ? -1 : 1);
      else if (event.key === "Escape") this.$emit("close");
      else return;
      event.preventDefault();
    },
  },
};

/** The editor's half of it: what is found, and where one is. */
export const finding = {
  look(wanted) {
    this.wanted = wanted;
    this.hit = this.hits.length ? 0 : -1;
  },
  step(by) {
    if (!this.hits.length) return;
    this.hit = (this.hit + by + this.hits.length) % this.hits.length;
    this.$nextTick(() => this.$refs.mirror.querySelector(".w-hit--now")?.scrollIntoView({ block: "nearest" }));
  },
  unfind() {
    const now = this.hits[this.hit];
    this.finding = false;
    this.hit = -1;
    this.wanted = "";
    this.$refs.input.focus();
    if (now) this.$refs.input.setSelectionRange(...now);
  },
};
