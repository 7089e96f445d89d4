/** The text of a value, a few pages of it in the page at a time; found words are marked without touching the text. */

export const PAGE = 64 * 1024;
const KEPT = 4;

export const textView = {
  methods: {
    async write(text, first) {
      await this.$nextTick();
      if (!this.$refs.pages) return;
      const page = document.createElement("pre");
      page.textContent = text;
      this.$refs.pages.replaceChildren(page);
      this.pages = [text.length];
      this.first = first;
      if (this.$refs.text) this.$refs.text.scrollTop = 0;
    },
    /** A text that is being written: from `start` on it is this. */
    grew(start, text) {
      this.grown = this.grown.slice(0, start) + text;
      if (this.entry?.side !== "live" || !this.$refs.pages) return;
      const el = this.$refs.text, follow = el.scrollHeight - el.scrollTop - el.clientHeight < 24;
      const page = this.$refs.pages.firstElementChild;
      if (page && start > 0) page.textContent = this.grown;
      else this.write(this.grown, 0);
      if (follow) el.scrollTop = el.scrollHeight;
    },
    ends() { return this.first + this.pages.length * PAGE; },
    async read() {
      const el = this.$refs.text;
      if (this.busy || !this.large || this.ends() >= this.found.length || el.scrollTop + el.clientHeight < el.scrollHeight - 400) return;
      await this.bring(this.ends(), false);
    },
    async earlier() { await this.bring(this.first - PAGE, true); },
    async bring(start, front) {
      this.busy = true;
      try {
        const text = await this.ask("text", { key: this.key, start });
        const page = document.createElement("pre"), box = this.$refs.pages, el = this.$refs.text;
        page.textContent = text;
        if (front) {
          const was = el.scrollHeight - el.scrollTop;
          box.prepend(page);
          this.pages.unshift(text.length);
          this.first = start;
          el.scrollTop = el.scrollHeight - was;
          if (this.pages.length > KEPT) { box.lastElementChild.remove(); this.pages.pop(); }
        } else {
          box.append(page);
          this.pages.push(text.length);
          if (this.pages.length > KEPT) {
            const gone = box.firstElementChild, height = gone.offsetHeight;
            gone.remove();
            this.pages.shift();
            this.first += PAGE;
            el.scrollTop -= height;
          }
        }
      } catch (error) { this.said = error.message; }
      this.busy = false;
    },
    typed(event) {
      this.words = event.target.value;
      clearTimeout(this.wait);
      this.wait = setTimeout(() => this.seek(-1), 150);
    },
    finding(event) {
      if (event.key === "Enter") this.seek(this.hits.at, event.shiftKey);
      else if (event.key === "Escape" && this.words) { this.words = ""; this.mark(-1); }
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    async seek(after, back = false) {
      if (!this.words) { this.mark(-1); return; }
      this.hits = await this.ask("find", { key: this.key, words: this.words, after, back });
      const { at } = this.hits;
      if (at >= 0 && (at < this.first || at + this.words.length > this.first + this.pages.reduce((a, b) => a + b, 0))) {
        const start = Math.max(0, Math.floor(at / PAGE) * PAGE - (at % PAGE < this.words.length ? PAGE : 0));
        await this.write(await this.ask("text", { key: this.key, start }), start);
        if (at + this.words.length > start + PAGE) await this.bring(start + PAGE, false);
      }
      this.mark(at);
    },
    /** Mark the place without touching the text. The server counts characters, the page UTF-16 units. */
    mark(at) {
      CSS.highlights?.delete("weft-find");
      if (at < 0 || !this.$refs.pages) return;
      let left = at - this.first;
      for (const page of this.$refs.pages.children) {
        const text = page.firstChild?.data ?? "", length = [...text].length;
        if (left < length) {
          const before = [...text].slice(0, left).join("").length;
          const range = document.createRange();
          range.setStart(page.firstChild, before);
          range.setEnd(page.firstChild, Math.min(text.length, before + this.words.length));
          if (CSS.highlights) CSS.highlights.set("weft-find", new Highlight(range));
          const box = range.getBoundingClientRect(), el = this.$refs.text, view = el.getBoundingClientRect();
          if (box.top < view.top || box.bottom > view.bottom) el.scrollTop += box.top - view.top - view.height / 3;
          if (!this.wrap) el.scrollLeft += Math.max(0, box.right - view.right + 40) - Math.max(0, view.left - box.left + 40);
          return;
        }
        left -= length;
      }
    },
  },
};
