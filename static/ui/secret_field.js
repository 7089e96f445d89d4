/** A value that is typed unseen. It is sent once, when it is asked for, and forgotten here. */
export default {
  props: { label: String, error: String },
  emits: ["value"],
  data: () => ({ draft: "" }),
  template: `
    <div class="w-field" :class="{ 'w-field--error': error }" data-field="secret-value">
      <label class="w-label-row"><span class="w-label">{{ label }}</span></label>
      <div class="w-line"><input ref="input" type="password" class="w-input w-mono" autocomplete="off" spellcheck="false" :aria-label="label"
        v-model="draft" :aria-invalid="!!error" @keydown.enter.prevent="send" /></div>
      <div v-if="error" class="w-field-error" role="alert">{{ error }}</div>
    </div>`,
  methods: {
    send() {
      this.$emit("value", { value: this.draft });
    },
  },
  beforeUnmount() {
    this.draft = "";
  },
};
