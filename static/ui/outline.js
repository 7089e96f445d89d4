/**
 * The outline: the flow as a tree, beside the palette. It reads the canvas's own mirror of the flow, so it knows every
 * change as soon as the canvas does, and what it does goes through the canvas's actions. Only the rows in sight are in
 * the page; the row with the focus always is.
 */
import { act, describe, entriesFor, matches, rowsOf, visible } from "weft-outline";
import { said } from "weft-outline/words.js";

const SIZE = 30;
const TYPING = 900; // ms between two letters of one word

export default {
  emits: ["tell"],
  data: () => ({ rows: [], active: "", from: 0, to: 0, query: "", renaming: "", title: "", menu: null, beat: 0, height: 0 }),
  computed: {
    shown() {
      const at = this.rows.findIndex(({ id }) => id === this.active);
      const places = [];
      for (let place = this.from; place < this.to; place++) places.push(place);
      if (at >= 0 && (at < this.from || at >= this.to)) places.push(at);
      this.beat; // what rows say is read anew at each beat
      return places.filter((place) => this.rows[place]).map((place) => {
        const row = this.rows[place];
        const words = describe(this.editor.scene, row);
        return { ...row, ...words, at: place, said: said(words), chosen: this.editor.selection.has(row.id) };
      });
    },
    tabbed() {
      return this.rows.some(({ id }) => id === this.active) ? this.active : this.rows[0]?.id ?? "";
    },
  },
  template: `
    <div class="w-outline">
      <div class="w-palette-search"><div class="w-search"><span class="w-icon w-icon--search" aria-hidden="true"></span>
        <input class="w-input" type="search" aria-label="Search the outline" placeholder="Search nodes, problems" v-model="query"
          @input="build" @keydown.down.prevent="focusRow(0)" @keydown.esc="query = ''; build()" /></div></div>
      <div ref="scroll" class="w-scroll w-outline-scroll" @scroll.passive="look">
        <div role="tree" aria-label="Outline of the flow" aria-multiselectable="true" class="w-tree" :style="{ height: rows.length * ${SIZE} + 'px' }" @keydown="keydown">
          <div v-for="row in shown" :key="row.id" role="treeitem" class="w-tree-row" :class="['w-tree-row--' + row.kind, { 'w-tree-row--chosen': row.chosen, 'w-tree-row--off': row.disabled }]"
            :data-row="row.id" :style="{ top: row.at * ${SIZE} + 'px', paddingLeft: 8 + 14 * (row.level - 1) + 'px' }" :tabindex="row.id === tabbed ? 0 : -1"
            :aria-level="row.level" :aria-setsize="row.of" :aria-posinset="row.place" :aria-expanded="row.opens ? row.open : undefined"
            :aria-selected="row.chosen" :aria-label="row.said" :title="tip(row)" @click="clicked(row, $event)" @dblclick="open(row)" @focus="active = row.id"
            @contextmenu.prevent="showMenu(row, $event.clientX, $event.clientY)">
            <span class="w-tree-twist" :class="{ 'w-tree-twist--open': row.open }" aria-hidden="true" @click.stop="row.opens && toggle(row)"><span v-if="row.opens" class="w-icon w-icon--chevron w-icon--small"></span></span>
            <span class="w-square" aria-hidden="true" :style="colour(row.color)"></span>
            <input v-if="renaming === row.id" class="w-input w-tree-name" :aria-label="'Title of ' + row.id" v-model="title" @keydown.stop="named(row, $event)" @blur="named(row, $event)" @click.stop />
            <span v-else class="w-tree-name w-ellipsis" aria-hidden="true">{{ row.name }}</span>
            <span v-if="row.problems.length" class="w-count w-count--error" aria-hidden="true">{{ row.problems.length }}</span>
            <span v-if="row.pinned" class="w-tree-word" aria-hidden="true">pinned</span>
            <span v-else-if="row.word" class="w-tree-word" :class="'w-tree-word--' + row.status" aria-hidden="true">{{ row.word }}</span>
          </div>
        </div>
        <div v-if="!rows.length" class="w-empty">{{ query ? 'No node matches.' : 'The flow has no nodes yet.' }}</div>
      </div>
      <div v-if="menu" ref="menu" class="weft-menu w-outline-menu" role="menu" :aria-label="menu.name" :style="{ left: menu.x + 'px', top: menu.y + 'px' }" @keydown.stop="menuKey">
        <template v-for="(entry, index) in menu.entries" :key="index"><hr v-if="entry === null" />
        <button v-else type="button" role="menuitem" tabindex="-1" :aria-disabled="entry.why ? true : undefined" :title="entry.why" @click="choose(entry)"><span>{{ entry.words }}</span><kbd>{{ entry.keys }}</kbd></button></template>
      </div>
    </div>
  `,
  created() {
    // The canvas and what comes from it are none of Vue's business: kept out of its data.
    this.editor = { scene: null, selection: new Set() };
    this.view = { open: new Set(), closed: new Set(), inner: new Map() };
    this.word = { text: "", at: 0 };
  },
  mounted() {
    this.heard = (event) => this.hear(event.detail);
    document.addEventListener("weft-canvas", this.heard);
    document.addEventListener("pointerdown", this.elsewhere, true);
    window.addEventListener("keydown", this.called);
    this.sizes = new ResizeObserver(() => this.look());
    this.sizes.observe(this.$refs.scroll);
    const editor = document.querySelector(".w-canvas > *")?.editor;
    if (editor) this.hear(editor);
  },
  unmounted() {
    document.removeEventListener("weft-canvas", this.heard);
    document.removeEventListener("pointerdown", this.elsewhere, true);
    window.removeEventListener("keydown", this.called);
    this.sizes.disconnect();
    clearTimeout(this.soon);
    clearTimeout(this.showing);
  },
  methods: {
    // --- what the canvas says ---
    hear(editor) {
      this.editor = editor;
      this.soon ??= setTimeout(() => {
        this.soon = undefined;
        if (this.$refs.scroll.clientHeight) this.update();
      }, this.rows.length > 500 ? 120 : 40);
    },
    update() {
      const { scene, selection } = this.editor;
      if (!scene?.flow) return;
      if (this.version !== scene.version || this.flow !== scene.flow || this.query) this.build();
      this.beat += 1;
      const [only] = selection;
      if (selection.size === 1 && only !== this.active && !this.focused()) {
        this.active = only;
        this.scrollTo(this.rows.findIndex(({ id }) => id === only));
      }
    },
    build() {
      const { scene } = this.editor;
      if (!scene?.flow) return;
      [this.version, this.flow] = [scene.version, scene.flow];
      const words = this.query.toLowerCase().split(/\s+/).filter(Boolean);
      this.rows = Object.freeze(rowsOf(scene, { ...this.view, keep: words.length ? (row) => matches(scene, row, words) : undefined }));
      this.look();
    },
    look() {
      const { scrollTop, clientHeight } = this.$refs.scroll;
      [this.from, this.to] = visible(scrollTop, clientHeight, SIZE, this.rows.length);
      if (clientHeight && !this.height && this.editor.scene) this.update();
      this.height = clientHeight;
      if (!clientHeight || !this.wanted || !this.rows.length) return;
      this.wanted = false;
      this.focusRow(Math.max(0, this.rows.findIndex(({ id }) => id === this.active)));
    },
    // --- where one is ---
    focused() {
      return this.$el.contains(document.activeElement) && document.activeElement.closest("[role=tree]") !== null;
    },
    scrollTo(at) {
      const { scroll } = this.$refs;
      if (at < 0) return;
      if (at * SIZE < scroll.scrollTop) scroll.scrollTop = at * SIZE;
      else if ((at + 1) * SIZE > scroll.scrollTop + scroll.clientHeight) scroll.scrollTop = (at + 1) * SIZE - scroll.clientHeight;
      this.look();
    },
    focusRow(at, select = true) {
      const row = this.rows[Math.max(0, Math.min(this.rows.length - 1, at))];
      if (!row) return;
      this.active = row.id;
      this.scrollTo(this.rows.indexOf(row));
      this.$nextTick(() => this.$el.querySelector(`[data-row="${CSS.escape(row.id)}"]`)?.focus({ preventScroll: true }));
      clearTimeout(this.showing); // who runs through many rows sees the last on the canvas
      if (select && row.kind !== "inner") this.showing = setTimeout(() => this.focused() && this.editor.reveal(row.id), 60);
    },
    async clicked(row, event) {
      const many = event.ctrlKey || event.metaKey || event.shiftKey;
      this.focusRow(row.at, !many);
      if (many && row.kind !== "inner") this.mark(row);
    },
    mark(row) {
      const { selection } = this.editor;
      const rest = [...selection].filter((id) => id !== row.id);
      this.editor.select(selection.has(row.id) ? rest : [...rest, row.id]);
      this.editor.announceSelection();
    },
    // --- keys ---
    called(event) {
      if (event.altKey && !event.ctrlKey && event.key.toLowerCase() === "o" && !event.defaultPrevented) {
        event.preventDefault();
        this.$emit("tell", { name: "show" });
        this.wanted = true; // it may have to be shown first
        this.look();
      }
    },
    keydown(event) {
      const at = this.rows.findIndex(({ id }) => id === this.active);
      const row = this.rows[at];
      if (!row || event.target.matches("input")) return;
      const page = Math.max(1, Math.floor(this.$refs.scroll.clientHeight / SIZE) - 1);
      const chord = event.ctrlKey || event.metaKey;
      const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: this.rows.length - 1, PageDown: at + page, PageUp: at - page }[event.key];
      if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) act(this.editor, row, event.key === "ArrowUp" ? "earlier" : "later");
      else if (to !== undefined && !chord) this.focusRow(to);
      else if (event.key === "ArrowRight") row.opens && !row.open ? this.toggle(row) : row.open && this.focusRow(at + 1);
      else if (event.key === "ArrowLeft") row.opens && row.open ? this.toggle(row) : row.parent && this.focusRow(this.rows.findIndex(({ id }) => id === row.parent));
      else if (event.key === "Enter" && !chord) this.open(row);
      else if (event.key === " " && !chord && performance.now() - this.word.at > TYPING) this.mark(row);
      else if (event.key === "F2") this.rename(row);
      else if (event.key === "Delete" || event.key === "Backspace") this.remove(row, at);
      else if (chord && event.key.toLowerCase() === "d") this.one(row, () => act(this.editor, row, "duplicate"));
      else if (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) this.menuAt(row);
      else if (!chord && !event.altKey && event.key.length === 1) this.typeAhead(event.key, at);
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    typeAhead(letter, at) {
      const now = performance.now();
      const text = (now - this.word.at < TYPING ? this.word.text : "") + letter.toLowerCase();
      this.word = { text, at: now };
      const start = text.length > 1 ? at : at + 1;
      for (let step = 0; step < this.rows.length; step++) {
        const place = (start + step) % this.rows.length;
        if (describe(this.editor.scene, this.rows[place]).name.toLowerCase().startsWith(text)) return this.focusRow(place);
      }
    },
    // --- what is done ---
    toggle(row) {
      const set = row.kind === "frame" ? this.view.closed : this.view.open;
      if (!set.delete(row.id)) set.add(row.id);
      if (row.slug && !this.view.inner.has(row.slug)) this.fetchInner(row.slug);
      this.build();
      this.beat += 1;
    },
    async fetchInner(slug) {
      const response = await fetch(`/api/flows/${encodeURIComponent(slug)}/document`, { headers: { accept: "application/json" } });
      this.view.inner.set(slug, response.ok ? (await response.json()).flow : { nodes: {} });
      if (!response.ok) this.editor.tell?.(`The flow ${slug} can't be read.`, "error");
      this.build();
    },
    one(row, does) {
      clearTimeout(this.showing);
      if (!this.editor.selection.has(row.id)) this.editor.select([row.id]);
      does();
    },
    open(row) {
      clearTimeout(this.showing);
      if (row.kind === "inner") row.slug && location.assign(`/flows/${encodeURIComponent(row.slug)}`);
      else if (row.kind === "node" || row.kind === "face") this.editor.open(row.id);
    },
    remove(row, at) {
      if (row.kind === "inner" || row.kind === "face") return;
      this.one(row, () => act(this.editor, row, "delete"));
      requestAnimationFrame(() => { this.build(); this.focusRow(Math.min(at, this.rows.length - 1)); });
    },
    rename(row) {
      if (row.kind !== "node") return;
      this.renaming = row.id;
      this.title = describe(this.editor.scene, row).name;
      this.$nextTick(() => this.$el.querySelector("input.w-tree-name")?.select());
    },
    named(row, event) {
      if (event.type === "keydown" && !["Enter", "Escape"].includes(event.key)) return;
      if (this.renaming !== row.id) return;
      this.renaming = "";
      if (event.key !== "Escape" && this.title !== row.name) act(this.editor, row, "rename", this.title);
      if (event.type === "keydown") this.$nextTick(() => this.focusRow(this.rows.findIndex(({ id }) => id === row.id), false));
    },
    // --- the menu ---
    menuAt(row) {
      const box = this.$el.querySelector(`[data-row="${CSS.escape(row.id)}"]`).getBoundingClientRect();
      this.showMenu(row, box.left + 40, box.bottom);
    },
    showMenu(row, x, y) {
      if (row.kind !== "inner" && !this.editor.selection.has(row.id)) this.editor.select([row.id]);
      const own = { open: () => this.open(row), rename: () => this.rename(row) };
      const entries = entriesFor(this.editor, row, own);
      if (!entries.length) return;
      this.active = row.id;
      this.menu = { x, y, entries, name: describe(this.editor.scene, row).name };
      this.$nextTick(() => {
        const el = this.$refs.menu;
        this.menu = { ...this.menu, y: Math.max(8, Math.min(y, innerHeight - el.offsetHeight - 8)) };
        el.querySelector("button").focus();
      });
    },
    menuKey(event) {
      const buttons = [...this.$refs.menu.querySelectorAll("button")];
      const now = buttons.indexOf(document.activeElement);
      const to = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: -1 }[event.key];
      if (event.key === "Escape" || event.key === "Tab") this.closeMenu();
      else if (to !== undefined) buttons.at(to % buttons.length).focus();
      else return;
      event.preventDefault();
    },
    choose(entry) {
      if (entry.why) return this.editor.announce(entry.why);
      this.closeMenu();
      this.$nextTick(entry.act);
    },
    closeMenu() {
      this.menu = null;
      this.focusRow(this.rows.findIndex(({ id }) => id === this.active), false);
    },
    elsewhere(event) {
      if (this.menu && !this.$refs.menu?.contains(event.target)) this.menu = null;
    },
    // --- looks ---
    colour: (color) => (/^#[0-9a-fA-F]{6}$/.test(color) ? { "--w-square": color } : {}),
    tip: (row) => row.problems.map(({ message }) => message).join("\n") || row.about,
  },
};
