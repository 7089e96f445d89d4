/** `Run of 12:04, 3 hours ago`, which stays true while the page is open. */
import { ago, clock } from "weft-view";

export default {
  props: { ms: Number, before: String, status: String, bare: Boolean },
  data() {
    return { now: Date.now() };
  },
  computed: {
    word() {
      return { succeeded: "done", waiting: "waiting" }[this.status] || this.status;
    },
    text() {
      if (!this.ms) return this.bare ? "Forked from a run that is gone" : this.before;
      return `${this.before} ${clock(this.ms, this.now)}${this.bare ? "" : `, ${ago(this.ms, this.now)}`}`;
    },
    full() {
      return this.ms ? new Date(this.ms).toLocaleString("en-GB") : "";
    },
  },
  template: `<span v-if="bare" class="w-when" :title="full">{{ text }}</span><span v-else class="w-when" :title="full"><span class="w-dot" :class="'w-dot--' + status"></span><b>{{ text }}</b><span class="w-muted">{{ word }}</span></span>`,
  mounted() {
    this.timer = setInterval(() => { this.now = Date.now(); }, 30_000);
  },
  beforeUnmount() {
    clearInterval(this.timer);
  },
};
