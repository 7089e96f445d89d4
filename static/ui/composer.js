/** Where a message is written: Enter sends, Shift+Enter is a new line. What isn't taken stays. */
export default {
  props: { label: String, placeholder: String, busy: Boolean, off: String },
  emits: ["send", "stop"],
  data: () => ({ draft: "" }),
  template: `
    <div class="w-composer">
      <textarea ref="input" class="w-input" rows="2" dir="auto" spellcheck="true" :aria-label="label" :placeholder="off ? '' : placeholder" :disabled="!!off" data-field="chat-message"
        v-model="draft" @keydown.enter.exact="enter"></textarea>
      <button v-if="busy" type="button" class="w-button w-button--danger" @click="$emit('stop', {})"><span class="w-icon w-icon--stop" aria-hidden="true"></span>Stop</button>
      <button v-else type="button" class="w-button w-button--primary" :disabled="!!off || !draft.trim()" @click="send"><span class="w-icon w-icon--enter" aria-hidden="true"></span>Send</button>
    </div>`,
  mounted() {
    // What unfolds is looked at: as much of it as there is room for. A toggle doesn't bubble.
    this.unfolded = (event) => { if (event.target.open) event.target.scrollIntoView({ block: "nearest" }); };
    this.log = this.$el.parentElement?.querySelector(".w-chat-log");
    this.log?.addEventListener("toggle", this.unfolded, true);
  },
  beforeUnmount() {
    this.log?.removeEventListener("toggle", this.unfolded, true);
  },
  methods: {
    enter(event) {
      if (event.isComposing) return; // the Enter that ends a word of an input method
      event.preventDefault();
      this.send();
    },
    send() {
      if (this.busy || this.off || !this.draft.trim()) return;
      this.$emit("send", { text: this.draft });
    },
    /** The message was taken. */
    taken() {
      this.draft = "";
      this.bottom(true);
    },
    /** Keep the end of the conversation in view, unless the person looks at what was said before. */
    bottom(always = false) {
      const log = this.$el.parentElement?.querySelector(".w-chat-log");
      if (log && (always || log.scrollHeight - log.scrollTop - log.clientHeight < 120)) log.scrollTop = log.scrollHeight;
    },
    focus() {
      this.$refs.input.focus();
    },
  },
};
