/** The bar between two panes: drag it, or move it with the arrow keys. Its place is kept by the browser. */

export default {
  props: { pane: String, label: String, min: { type: Number, default: 160 }, max: { type: Number, default: 640 }, initial: Number },
  data() {
    return { size: this.initial };
  },
  computed: {
    horizontal() {
      return this.pane === "dock"; // a bar that lies, and moves up and down
    },
  },
  template: `
    <div class="w-divider" :class="horizontal ? 'w-divider--lying' : 'w-divider--standing'" role="separator" tabindex="0"
      :aria-orientation="horizontal ? 'horizontal' : 'vertical'" :aria-label="label" :aria-valuenow="size" :aria-valuemin="min"
      :aria-valuemax="max" @pointerdown="start" @keydown="keydown" @dblclick="set(initial)"></div>
  `,
  mounted() {
    let saved = NaN;
    try {
      saved = Number.parseInt(localStorage.getItem(`weft-size-${this.pane}`) ?? "", 10);
    } catch {
      /* storage may be switched off */
    }
    this.set(Number.isFinite(saved) ? saved : this.initial);
  },
  methods: {
    set(size) {
      this.size = Math.round(Math.min(this.max, Math.max(this.min, size)));
      this.$el.closest(".w-editor").style.setProperty(`--w-${this.pane}`, `${this.size}px`);
      try {
        localStorage.setItem(`weft-size-${this.pane}`, String(this.size));
      } catch {
        /* as above */
      }
    },
    start(down) {
      const from = this.size;
      const sign = this.pane === "left" ? 1 : -1;
      this.$el.setPointerCapture(down.pointerId);
      const move = (event) =>
        this.set(from + sign * (this.horizontal ? event.clientY - down.clientY : event.clientX - down.clientX));
      this.$el.addEventListener("pointermove", move);
      this.$el.addEventListener("lostpointercapture", () => this.$el.removeEventListener("pointermove", move), { once: true });
      down.preventDefault();
    },
    keydown(event) {
      const grow = this.pane === "dock" ? "ArrowUp" : this.pane === "left" ? "ArrowRight" : "ArrowLeft";
      const shrink = this.pane === "dock" ? "ArrowDown" : this.pane === "left" ? "ArrowLeft" : "ArrowRight";
      if (event.key !== grow && event.key !== shrink) return;
      this.set(this.size + (event.key === grow ? 16 : -16));
      event.preventDefault();
    },
  },
};
