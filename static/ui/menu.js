/**
 * A button that opens a list of things to do. Arrows, Home, End, letters, Enter and Esc work as in any menu.
 *
 * @typedef {{id: string, label: string, keys?: string, danger?: boolean, href?: string, download?: string, copy?: string}} Item
 *   `href` is followed by the browser itself; `copy` is an address on this server that goes to the clipboard
 */
import { menuing } from "weft-view";

export default {
  mixins: [menuing],
  props: { label: String, symbol: { type: String, default: "more" }, items: { type: Array, default: () => [] } },
  emits: ["choose"],
  data: () => ({ place: {} }),
  template: `
    <div class="w-menu-holder">
      <button ref="opener" type="button" class="w-button w-button--icon w-button--small" aria-haspopup="menu" :aria-expanded="open ? 'true' : 'false'"
        :aria-label="label" @click.stop="toggle" @keydown.down.prevent="show(0)" @keydown.up.prevent="show(-1)"><span class="w-icon" :class="'w-icon--' + symbol" aria-hidden="true"></span></button>
      <div v-if="open" ref="menu" class="w-menu w-menu--here" role="menu" :aria-label="label" :style="place" @keydown="walk" @focusout="left">
        <component v-for="item in items" :key="item.id" :is="item.href ? 'a' : 'button'" :type="item.href ? undefined : 'button'" role="menuitem" tabindex="-1"
          class="w-button w-button--ghost" :class="{ 'w-menu-danger': item.danger }" :href="item.href" :download="item.download" :data-item="item.id" @click="choose(item)">{{ item.label }}</component>
      </div>
    </div>`,
  mounted() { window.addEventListener("scroll", this.scrolled, true); },
  beforeUnmount() { window.removeEventListener("scroll", this.scrolled, true); },
  methods: {
    toggle() {
      if (this.open) this.close();
      else this.show(0);
    },
    /** Below the button, or above it where there is no room. */
    show(at) {
      const box = this.$refs.opener.getBoundingClientRect();
      const tall = this.items.length * 34 + 14;
      const top = box.bottom + 4 + tall > innerHeight ? Math.max(8, box.top - 4 - tall) : box.bottom + 4;
      this.place = { top: `${top}px`, left: `${Math.max(8, Math.min(box.right - 208, innerWidth - 216))}px` };
      this.top = box.top;
      this.begin(at);
    },
    /** It stands where the button stood: one that went elsewhere has none. News of a scroll from before is none of it. */
    scrolled() {
      if (this.open && Math.abs(this.$refs.opener.getBoundingClientRect().top - this.top) > 1) this.close();
    },
    async choose(item) {
      this.back();
      let copied = false;
      if (item.copy) copied = await this.copy(new URL(item.copy, location.href).href);
      this.$emit("choose", { id: item.id, copied, address: item.copy ? new URL(item.copy, location.href).href : "" });
    },
    async copy(text) {
      try {
        await navigator.clipboard.writeText(text);
        return true;
      } catch {
        return false; // a browser keeps the clipboard to itself where the page isn't secure: the address is shown then
      }
    },
  },
};
