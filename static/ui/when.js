/** `Run of 12:04, 3 hours ago`, which stays true while the page is open. */
import { ago, clock } from "weft-view";

export default {
  props: { ms: Number, before: String, status: String },
  data() {
    return { now: Date.now() };
  },
  computed: {
    word() {
      return { succeeded: "done", waiting: "waits" }[this.status] || this.status;
    },
    text() {
      return this.ms ? `${this.before} ${clock(this.ms, this.now)}, ${ago(this.ms, this.now)}` : this.before;
    },
    full() {
      return this.ms ? new Date(this.ms).toLocaleString("en-GB") : "";
    },
  },
  template: `<span class="w-when" :title="full"><span class="w-dot" :class="'w-dot--' + status"></span><b>{{ text }}</b><span class="w-muted">{{ word }}</span></span>`,
  mounted() {
    this.timer = setInterval(() => { this.now = Date.now(); }, 30_000);
  },
  beforeUnmount() {
    clearInterval(this.timer);
  },
};
