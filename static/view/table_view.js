/** A list of objects as a table: rows in view are asked for, two hundred at a time; the server sorts. */
import { Window } from './window.js';

export const ROW = 28;
const table = new Window(ROW);

export const tableView = {
  computed: {
    rows() {
      void this.version;
      const [from, to] = table.range(this.top - ROW, this.height, this.found?.count ?? 0);
      const found = [];
      for (let at = from; at < to; at++) found.push({ at, cells: this.cells.get(Math.floor(at / 200))?.[at % 200] });
      return found;
    },
  },
  methods: {
    columns() { return { gridTemplateColumns: `52px repeat(${this.found.columns.length}, minmax(90px, 1fr))`, minWidth: `${52 + 90 * this.found.columns.length}px` }; },
    fill() {
      const [from, to] = table.range(this.top - ROW, this.height, this.found.count);
      for (let number = Math.floor(from / 200); number <= Math.floor(Math.max(from, to - 1) / 200); number++) {
        if (this.cells.has(number)) continue;
        this.cells.set(number, null);
        const asked = { key: this.key, sort: this.sort, down: this.down };
        this.ask("rows", { ...asked, start: number * 200 }).then((rows) => {
          if (asked.key !== this.key || asked.sort !== this.sort || asked.down !== this.down) return;
          this.cells.set(number, rows);
          for (const other of this.cells.keys()) if (this.cells.size > 12 && Math.abs(other - number) > 6) this.cells.delete(other);
          this.version += 1;
        }, (error) => { this.said = error.message; });
      }
    },
    order(name) {
      this.down = this.sort === name ? !this.down : false;
      if (this.sort === name && !this.down) this.sort = "";
      else this.sort = name;
      this.cells.clear();
      this.fill();
    },
    page(event) {
      const by = { ArrowDown: ROW, ArrowUp: -ROW, PageDown: this.height, PageUp: -this.height, Home: -Infinity, End: Infinity }[event.key];
      if (!by || event.target !== event.currentTarget) return;
      const el = this.$refs.table;
      el.scrollTop = Number.isFinite(by) ? el.scrollTop + by : by > 0 ? el.scrollHeight : 0;
      event.preventDefault();
    },
  },
};
