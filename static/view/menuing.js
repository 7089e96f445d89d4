/** A Vue mixin for a list of things to do that a button opens: `ref="menu"` the list, `ref="opener"` the button. */
export const menuing = {
  data: () => ({ open: false }),
  mounted() {
    document.addEventListener("pointerdown", this.away, true);
  },
  beforeUnmount() {
    document.removeEventListener("pointerdown", this.away, true);
  },
  methods: {
    entries() { return [...(this.$refs.menu?.querySelectorAll("[role=menuitem]") ?? [])]; },
    /** Open it with the entry at this place focused; -1 is the last. */
    begin(at) {
      this.open = true;
      this.$nextTick(() => this.entries().at(at)?.focus());
    },
    close() { this.open = false; },
    back() {
      this.close();
      this.$refs.opener?.focus();
    },
    away(event) { if (this.open && !this.$el.contains(event.target)) this.close(); },
    left(event) { if (event.relatedTarget && !this.$el.contains(event.relatedTarget)) this.close(); },
    /** Arrows, Home, End and letters go through it, Esc and Tab leave it. */
    walk(event) {
      const all = this.entries(), at = all.indexOf(document.activeElement);
      const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
      if (to !== undefined) all.at(to % all.length).focus();
      else if (event.key === "Escape" || event.key === "Tab") this.back();
      else if (event.key.length === 1) all.find((one, i) => i > at && one.textContent.trim().toLowerCase().startsWith(event.key))?.focus();
      if (to === undefined && event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
    },
  },
};
