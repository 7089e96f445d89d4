/**
 * The values of a step or an edge: a list of them, and the chosen one as text, markdown, tree, table or picture. The
 * page holds what it shows and no more: the rest is asked for as one scrolls, unfolds or searches.
 */
import { LINE, PAGE, ROW, asking, markdown, short, tableView, taking, textView, treeView } from "weft-view";

const LABELS = { text: "Text", markdown: "Formatted", tree: "Tree", table: "Table", picture: "Picture" };
const SIDES = { in: "Inputs", out: "Outputs", live: "Writing", edge: "Went through" };

export default {
  mixins: [asking, textView, treeView, tableView, taking],
  data() {
    return {
      subject: { entries: [], words: "" }, key: "", view: "", found: null, error: "", wrap: true, said: "",
      words: "", hits: { at: -1, number: 0, count: 0 }, pages: [], first: 0,
      version: 0, top: 0, left: 0, height: 200, here: 0, sort: "", down: false,
    };
  },
  created() {
    this.nodes = []; // the lines of the tree that are unfolded
    this.cells = new Map(); // pages of the table, by their number
    this.grown = "";
  },
  computed: {
    groups() {
      const sides = [...new Set(this.subject.entries.map((one) => one.side))];
      return sides.map((side) => ({ side, label: SIDES[side], entries: this.subject.entries.filter((one) => one.side === side) }));
    },
    entry() { return this.subject.entries.find((one) => one.key === this.key); },
    views() { return this.found?.views ?? []; },
    large() { return (this.found?.length ?? 0) > PAGE; },
  },
  template: `
    <div class="w-values">
      <div class="w-values-list" role="listbox" aria-label="Values" tabindex="0" :aria-activedescendant="entry ? 'w-value-' + index() : undefined" @keydown="walk">
        <div class="w-values-head"><b class="w-ellipsis" :title="subject.title">{{ subject.title || 'Data' }}</b><span v-if="subject.status" class="w-chip" :class="'w-chip--' + subject.status">{{ { succeeded: 'done', paused: 'asks you' }[subject.status] || subject.status }}</span></div>
        <template v-for="group in groups" :key="group.side">
          <div class="w-section-head w-values-group" role="presentation">{{ group.label }}</div>
          <div v-for="one in group.entries" :key="one.key" class="w-value" role="option" :id="'w-value-' + subject.entries.indexOf(one)" :data-value="one.key" :aria-selected="one.key === key" @click="choose(one.key)">
            <span class="w-value-name w-ellipsis">{{ one.port }}</span><span class="w-value-kind">{{ one.size || one.kind }}</span>
            <span class="w-value-preview w-ellipsis">{{ one.source ? '← ' + one.source : one.preview }}</span>
          </div>
        </template>
        <div v-if="subject.words" class="w-values-words w-muted">{{ subject.words }}</div>
        <div v-if="subject.acts" class="w-values-acts" data-changes>
          <button type="button" class="w-button w-button--small" data-mark="again" @click="act('again')"><span class="w-icon w-icon--play"></span>Run again from {{ subject.inner || 'here' }}</button>
          <button v-if="subject.gave" type="button" class="w-button w-button--small" data-mark="edit" :aria-disabled="subject.inner ? 'true' : undefined"
            :title="subject.inner ? 'It is part of what the node around it gave: pin it instead' : undefined" @click="act('edit')"><span class="w-icon w-icon--pencil"></span>Edit and run…</button>
          <button v-if="subject.gave" type="button" class="w-button w-button--small" data-mark="pin" :aria-pressed="!!subject.pinned" @click="act('pin')"><span class="w-icon w-icon--pin"></span>{{ subject.pinned ? 'Let go' : 'Pin' }}</button>
        </div>
      </div>
      <div class="w-values-body">
        <div v-if="entry" class="w-values-bar">
          <div class="w-segments" role="tablist" aria-label="How to look at it">
            <button v-for="one in views" :key="one" type="button" role="tab" class="w-segment" :data-view="one" :aria-selected="one === view" :tabindex="one === view ? 0 : -1" @click="look(one)" @keydown="step">{{ label(one) }}</button>
          </div>
          <label v-if="view === 'text'" class="w-values-find"><span class="w-sr">Find in the value</span><span class="w-icon w-icon--small w-icon--search" aria-hidden="true"></span>
            <input ref="find" class="w-values-words-input" type="search" placeholder="Find" :value="words" @input="typed" @keydown="finding"><span class="w-muted w-small" role="status">{{ counted() }}</span></label>
          <span class="w-grow"></span>
          <span class="w-muted w-small" role="status">{{ said || size() }}</span>
          <button v-if="view === 'text'" type="button" class="w-button w-button--icon w-button--small" :aria-pressed="wrap" aria-label="Wrap lines" data-tip="Wrap lines" data-tip-side="left" @click="wrap = !wrap"><span class="w-icon w-icon--wrap"></span></button>
          <button v-if="view === 'tree'" type="button" class="w-button w-button--icon w-button--small" aria-label="Copy the path of the chosen line" data-tip="Copy path  P" data-tip-side="left" @click="copyPath"><span class="w-icon w-icon--path"></span></button>
          <button type="button" class="w-button w-button--icon w-button--small" aria-label="Copy the value" data-tip="Copy value" data-tip-side="left" @click="copy"><span class="w-icon w-icon--copy"></span></button>
          <button type="button" class="w-button w-button--icon w-button--small" aria-label="Download the value" data-tip="Download" data-tip-side="left" @click="download"><span class="w-icon w-icon--down"></span></button>
        </div>
        <div v-if="error" class="w-empty">{{ error }}</div>
        <div v-else-if="!entry" class="w-empty">{{ subject.entries.length ? 'Choose a value.' : subject.words || 'Nothing to show.' }}</div>
        <div v-else-if="view === 'text' || view === ''" ref="text" class="w-values-text" :class="{ 'w-values-text--wrap': wrap }" tabindex="0" role="document" :aria-label="entry.port" @scroll="read">
          <div v-if="first > 0" class="w-values-more"><button type="button" class="w-button w-button--small" @click="earlier">Earlier</button></div>
          <div ref="pages"></div>
        </div>
        <div v-else-if="view === 'markdown'" ref="formatted" class="w-md" tabindex="0" role="document" :aria-label="entry.port"></div>
        <div v-else-if="view === 'picture'" class="w-values-picture"><img :src="found.picture" :alt="'The picture ' + entry.port"></div>
        <div v-else-if="view === 'tree'" ref="tree" class="w-values-tree" role="tree" tabindex="0" :aria-label="entry.port" :aria-activedescendant="'w-node-' + here" @scroll="scrolled" @keydown="climb">
          <div :style="{ height: tall + 'px', position: 'relative' }" role="presentation">
            <div v-for="node in lines" :key="node.id" class="w-node" role="treeitem" :id="'w-node-' + node.at" :aria-level="node.path.length" :aria-expanded="node.count && !node.rest ? !!node.shown : undefined" :aria-selected="node.at === here"
              :style="{ top: node.at * ${LINE} + 'px', paddingLeft: 8 + 16 * (node.path.length - 1) + 'px' }" @click="pick(node)">
              <template v-if="node.rest"><span class="w-node-rest">{{ node.rest }} more…</span></template>
              <template v-else><span class="w-node-fold" :class="{ 'w-node-fold--open': node.shown, 'w-node-fold--none': !node.count }" aria-hidden="true"></span>
              <span class="w-node-key">{{ node.key }}</span><span v-if="node.count" class="w-node-count">{{ node.kind === 'list' ? '[' + node.count + ']' : '{' + node.count + '}' }}</span><span class="w-node-value w-ellipsis" :class="'w-node--' + node.kind">{{ node.shown ? '' : node.kind === 'null' ? 'null' : node.preview }}</span></template>
            </div>
          </div>
        </div>
        <div v-else-if="view === 'table'" ref="table" class="w-values-table" role="table" tabindex="0" :aria-label="entry.port" :aria-rowcount="found.count + 1" @scroll="scrolled" @keydown="page">
          <div class="w-table-row w-table-head" role="row" :style="columns()"><span role="columnheader" class="w-right">#</span>
            <button v-for="name in found.columns" :key="name" type="button" role="columnheader" class="w-ellipsis" :aria-sort="sort === name ? (down ? 'descending' : 'ascending') : 'none'" :title="name" @click="order(name)">{{ name }}<span v-if="sort === name" aria-hidden="true">{{ down ? ' ↓' : ' ↑' }}</span></button></div>
          <div :style="{ height: found.count * ${ROW} + 'px', position: 'relative' }" role="presentation">
            <div v-for="row in rows" :key="row.at" class="w-table-row" role="row" :aria-rowindex="row.at + 2" :style="{ ...columns(), top: row.at * ${ROW} + 'px' }">
              <span v-for="(cell, i) in row.cells || ['…']" :key="i" role="cell" class="w-ellipsis" :class="{ 'w-right w-muted': i === 0 }" :title="cell">{{ cell }}</span></div>
          </div>
        </div>
      </div>
    </div>`,
  mounted() {
    this.sizes = new ResizeObserver(() => { this.height = this.$el.clientHeight; });
    this.sizes.observe(this.$el);
  },
  beforeUnmount() {
    this.sizes.disconnect();
    CSS.highlights?.delete("weft-find");
  },
  methods: {
    label: (view) => LABELS[view],
    index() { return this.subject.entries.indexOf(this.entry); },
    size() { return this.found && this.view === "text" && this.found.length > 200 ? `${short(this.found.length)} characters` : ""; },
    counted() { return !this.words ? "" : this.hits.count ? `${short(this.hits.number)} of ${short(this.hits.count)}` : "not found"; },

    /** Another subject, or the same with other values. */
    show(subject) {
      const same = subject.path === this.subject.path && subject.title === this.subject.title;
      const before = JSON.stringify(this.entry);
      this.subject = subject;
      const wanted = same && subject.entries.some((one) => one.key === this.key) ? this.key
        : (subject.entries.find((one) => one.side !== "in") ?? subject.entries[0])?.key ?? "";
      if (same && wanted === this.key && JSON.stringify(this.entry) === before) return;
      this.choose(wanted, same && wanted === this.key ? this.view : "");
    },
    /** @param {string} key @param {string} view the one to keep, if it still fits */
    async choose(key, view = "") {
      this.key = key;
      Object.assign(this, { error: "", said: "", words: "", found: null, view: "", pages: [], first: 0, sort: "", down: false });
      if (!this.entry) return;
      if (this.entry.side === "live") { this.write(this.grown, 0); return; }
      try {
        const found = await this.ask("view", { key });
        if (this.key !== key) return;
        this.found = found;
        this.look(found.views.includes(view) ? view : found.views[0]);
      } catch (error) {
        if (this.key === key) this.error = error.message;
      }
    },
    async look(view) {
      this.view = view;
      this.top = this.here = 0;
      await this.$nextTick();
      if (view === "text") this.write(this.found.text, 0);
      else if (view === "markdown") this.$refs.formatted?.replaceChildren(markdown(this.found.text));
      else if (view === "tree") this.unfold(null);
      else if (view === "table") { this.cells.clear(); this.fill(); }
    },
    step(event) {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      const at = this.views.indexOf(this.view);
      this.look(this.views[(at + by + this.views.length) % this.views.length]);
      this.$nextTick(() => this.$el.querySelector(".w-values-bar .w-segment[aria-selected=true]")?.focus());
      event.preventDefault();
    },
    walk(event) {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!by || event.target !== event.currentTarget) return;
      const next = this.subject.entries[this.index() + by];
      if (next) this.choose(next.key);
      event.preventDefault();
    },
    async act(name) {
      this.said = "";
      try { await this.ask("act", { name, key: this.key }); } catch (error) { this.said = error.message; }
    },
    scrolled(event) {
      this.top = event.target.scrollTop;
      if (this.view === "table") this.fill();
    },
  },
};
