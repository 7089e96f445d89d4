/** Takes a file that is dropped anywhere on the page, or chosen, and sends its text in parts. */
const PART = 200_000;

export default {
  props: { label: String, most: Number, large: String }, // `large`: what is said of a file of more bytes than `most`
  emits: ["part", "refused"],
  data: () => ({ over: false }),
  template: `
    <div class="w-opener">
      <button type="button" class="w-button" @click="$refs.input.click()"><span class="w-icon w-icon--down" aria-hidden="true"></span><span>{{ label }}</span></button>
      <input ref="input" type="file" accept=".json,application/json" class="w-sr" tabindex="-1" :aria-label="label + ' a file'" @change="chosen" />
      <div v-if="over" class="w-drop" aria-hidden="true"><div>Drop a flow, or another program's graph, to import it</div></div>
    </div>`,
  mounted() {
    this.depth = 0;
    for (const [name, heard] of Object.entries(this.drag())) window.addEventListener(name, heard);
  },
  beforeUnmount() {
    for (const [name, heard] of Object.entries(this.drag())) window.removeEventListener(name, heard);
  },
  methods: {
    drag() {
      this.heard ??= {
        dragenter: (event) => { if (files(event)) { this.depth += 1; this.over = true; event.preventDefault(); } },
        dragover: (event) => { if (files(event)) event.preventDefault(); },
        dragleave: (event) => { if (files(event) && --this.depth <= 0) this.end(); },
        drop: (event) => { if (files(event)) { event.preventDefault(); this.end(); this.send(event.dataTransfer.files); } },
      };
      return this.heard;
    },
    end() {
      this.depth = 0;
      this.over = false;
    },
    chosen(event) {
      this.send(event.target.files);
      event.target.value = "";
    },
    async send(list) {
      const [file] = list;
      if (!file) return;
      if (list.length > 1) return this.$emit("refused", { why: "Import one file at a time." });
      if (file.size > this.most) return this.$emit("refused", { why: this.large.replace("{name}", () => file.name.slice(0, 80)) });
      const text = await file.text();
      const id = crypto.getRandomValues(new Uint32Array(1))[0];
      for (let at = 0; at === 0 || at < text.length; at += PART) {
        this.$emit("part", { id, name: file.name, text: text.slice(at, at + PART), last: at + PART >= text.length });
      }
    },
  },
};

function files(event) {
  return [...(event.dataTransfer?.types ?? [])].includes("Files");
}
