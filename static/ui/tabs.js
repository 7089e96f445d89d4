/**
 * A row of tabs. Arrows, Home and End go through them, Tab passes the row with one step. Those that have no room are in
 * a menu at its end, with their counts; the chosen one always has room.
 */
import { menuing } from "weft-view";

const MORE = 76; // px the button of the menu takes
const KEYS = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity };

export default {
  mixins: [menuing],
  props: { label: String, folds: Boolean },
  data: () => ({ over: [], flagged: "" }),
  template: `
    <div v-if="!folds" ref="row" role="tablist" :aria-label="label" @keydown="keydown"><slot></slot></div>
    <div v-else class="w-tab-room">
      <div ref="row" class="w-tab-row" role="tablist" :aria-label="label" @keydown="keydown"><slot></slot></div>
      <div v-show="over.length" class="w-tab-more">
        <button ref="opener" type="button" class="w-tab-opener" data-mark="more-tabs" aria-haspopup="menu" :aria-expanded="open ? 'true' : 'false'" aria-label="More tabs" @click="open ? close() : begin(0)" @keydown.up.prevent="begin(-1)" @keydown.down.prevent="begin(0)">
          <i v-if="flagged" class="w-dot" :class="'w-dot--' + flagged" aria-hidden="true"></i>More<span class="w-icon w-icon--small w-icon--chevron" aria-hidden="true"></span></button>
        <div v-if="open" ref="menu" class="w-menu w-menu--up" role="menu" aria-label="More tabs" @keydown="walk" @focusout="left">
          <button v-for="(one, i) in over" :key="i" type="button" role="menuitem" tabindex="-1" class="w-button w-button--ghost" @click="choose(one.tab)"><span>{{ one.label }}</span><span v-for="count in one.counts" :key="count.text" :class="count.look">{{ count.text }}</span></button>
        </div>
      </div>
    </div>`,
  mounted() {
    this.kept = null;
    this.sizes = new ResizeObserver(() => this.fit());
    this.changed = new MutationObserver(() => this.look());
    this.changed.observe(this.$refs.row, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ["aria-selected", "class"] });
    this.sizes.observe(this.$el);
    this.look();
  },
  beforeUnmount() {
    this.sizes.disconnect();
    this.changed.disconnect();
  },
  methods: {
    tabs() { return [...this.$refs.row.querySelectorAll(":scope > [role=tab]:not(.hidden)")]; },
    chosen() { return this.tabs().find((one) => one.getAttribute("aria-selected") === "true"); },
    /** The tabs may be others, or say something else. */
    look() {
      const tabs = this.tabs(), chosen = this.chosen();
      if (chosen && chosen !== this.was) this.kept = null;
      this.was = chosen;
      const stop = tabs.includes(document.activeElement) ? document.activeElement : this.kept ?? chosen ?? tabs[0];
      for (const tab of tabs) {
        tab.tabIndex = tab === stop ? 0 : -1;
        this.sizes.observe(tab);
      }
      this.fit();
    },
    /** Which have room. One that hasn't keeps its width, out of sight, to be measured again. */
    fit() {
      if (!this.folds || !this.$el.clientWidth) return;
      const tabs = this.tabs(), gap = parseFloat(getComputedStyle(this.$refs.row).columnGap) || 0;
      const wide = (tab) => tab.offsetWidth + gap;
      const all = tabs.reduce((sum, tab) => sum + wide(tab), 0), room = this.$el.clientWidth;
      const first = this.kept ?? this.chosen() ?? tabs[0];
      let left = room - MORE - wide(first), full = all <= room;
      const over = full ? [] : tabs.filter((tab) => {
        if (tab === first) return false;
        left -= wide(tab);
        return left < 0;
      });
      for (const tab of tabs) tab.toggleAttribute("data-over", over.includes(tab));
      const told = over.map((tab) => this.told(tab));
      if (JSON.stringify(told.map(({ tab, ...rest }) => rest)) !== JSON.stringify(this.over.map(({ tab, ...rest }) => rest))) this.over = told;
      const worst = (kind) => over.some((tab) => tab.querySelector(`.w-count--${kind}:not(.hidden), .w-chip--${kind}:not(.hidden)`));
      this.flagged = worst("error") ? "error" : worst("warning") || worst("warn") || worst("waiting") ? "warning" : "";
      if (!over.length && this.open) this.close();
    },
    told(tab) {
      const [label, ...counts] = [...tab.children].filter((one) => one.textContent.trim() && one.checkVisibility());
      return { tab: Object.freeze({ now: () => tab }), label: label?.textContent ?? "", counts: counts.map((one) => ({ text: one.textContent, look: one.className })) };
    },
    /** Make room for this one, open it, and go there. */
    choose(tab) {
      this.close();
      this.keep(tab.now());
      tab.now().click();
    },
    keep(tab) {
      this.kept = tab;
      this.fit();
      tab.focus();
      for (const one of this.tabs()) one.tabIndex = one === tab ? 0 : -1;
    },
    keydown(event) {
      const tabs = this.tabs(), at = tabs.indexOf(event.target), by = KEYS[event.key];
      if (by === undefined || at < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
      const to = Math.abs(by) === Infinity ? (by > 0 ? tabs.length - 1 : 0) : (at + by + tabs.length) % tabs.length;
      this.keep(tabs[to]);
      if (this.chosen() && tabs[to] !== this.chosen()) tabs[to].click(); // a row of which nothing is open stays closed
      event.preventDefault();
      event.stopPropagation();
    },
  },
};
