/** Text that grows while a model answers. Follows its end unless the reader has scrolled up. */

export default {
  props: { label: String, mono: Boolean },
  data() {
    return { length: 0 };
  },
  template: `
    <div class="w-stream" :class="{ 'w-stream--mono': mono }" role="log" aria-live="off" :aria-label="label" tabindex="0">
      <div ref="text" class="w-stream-text"></div>
    </div>
  `,
  methods: {
    /** Show `text` from position `start` on; what stood there before is replaced. */
    put(start, text) {
      const node = this.$refs.text;
      const follow = this.$el.scrollHeight - this.$el.scrollTop - this.$el.clientHeight < 24;
      if (start === this.length) node.append(text);
      else node.textContent = node.textContent.slice(0, start) + text;
      this.length = start + text.length;
      if (follow && start > 0) this.$el.scrollTop = this.$el.scrollHeight;
      if (start === 0) this.$el.scrollTop = 0;
    },
  },
};
