/** A value out of the page: into the clipboard, or as a file. Large ones come by pages, as they are read. */
import { PAGE } from './text_view.js';

export const taking = {
  methods: {
    async copy() {
      const path = this.view === "tree" && this.here > 0 ? this.nodes[this.here]?.path ?? [] : [];
      try {
        const text = this.entry.side === "live" ? this.grown : await this.ask("part", { key: this.key, path });
        await navigator.clipboard.writeText(text);
        this.said = path.length ? `Copied ${this.place()}.` : "Copied.";
      } catch (error) { this.said = `Not copied: ${error.message}`; }
    },
    async copyPath() {
      try { await navigator.clipboard.writeText(this.place()); this.said = `Copied ${this.place()}.`; } catch (error) { this.said = `Not copied: ${error.message}`; }
    },
    async download() {
      try {
        const parts = this.entry.side === "live" ? [this.grown] : [];
        for (let start = 0; !this.grown.length || this.entry.side !== "live"; start += PAGE) {
          if (start >= this.found.length) break;
          parts.push(await this.ask("text", { key: this.key, start }));
          if (this.found.length > 10 * PAGE) this.said = `${Math.round((100 * start) / this.found.length)} %`;
        }
        const link = document.createElement("a");
        link.href = URL.createObjectURL(new Blob(parts, { type: "text/plain" }));
        link.download = `${this.subject.path.replace(/[^\w]+/g, "-") || "value"}-${this.entry.port.replace(/[^\w]+/g, "-")}.${this.views.includes("tree") ? "json" : "txt"}`;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 1000);
        this.said = "Downloaded.";
      } catch (error) { this.said = `Not downloaded: ${error.message}`; }
    },
  },
};
