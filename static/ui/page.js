/**
 * What belongs to the window and not to one pane: theme, shortcuts, toasts, the warning before leaving with
 * unsaved changes, and which panes are open. Draws nothing but the toasts; every text goes in as a text node.
 */

const THEMES = ["auto", "light", "dark"];
const TOAST_MS = { info: 4000, error: 9000 };

/** Is the person typing, so that letters and Ctrl+Z belong to the field? */
function typing(target) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** The command a key stands for, or null. */
export function commandOf(event) {
  const ctrl = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (ctrl && key === "enter") return event.shiftKey ? "run-fresh" : "run";
  if (ctrl && key === "s") return "save";
  if (typing(event.target)) return null;
  if (ctrl && key === "z") return event.shiftKey ? "redo" : "undo";
  if (ctrl && key === "y") return "redo";
  if (ctrl && key === "k") return "palette";
  if (!ctrl && !event.altKey && event.key === "?") return "help";
  return null;
}

function read(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage may be switched off; then a choice lasts as long as the page
  }
}

function write(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    /* as above */
  }
}

export default {
  props: { unsaved: Boolean, shortcuts: Boolean },
  emits: ["command"],
  data() {
    return { theme: THEMES.includes(read("weft-theme")) ? read("weft-theme") : "auto", toasts: [], next: 0 };
  },
  template: `
    <div class="w-toasts" role="status" aria-live="polite">
      <div v-for="toast in toasts" :key="toast.id" class="w-toast" :class="'w-toast--' + toast.kind">
        <span class="w-icon" :class="toast.kind === 'error' ? 'w-icon--error' : 'w-icon--info'"></span>
        <div class="w-toast-text"><div>{{ toast.text }}</div><div v-if="toast.hint" class="w-toast-hint">{{ toast.hint }}</div></div>
        <button type="button" class="w-button w-button--icon" aria-label="Close" @click="close(toast.id)"><span class="w-icon w-icon--close"></span></button>
      </div>
    </div>
  `,
  mounted() {
    this.applyTheme();
    this.restorePanes();
    window.addEventListener("keydown", this.keydown);
    window.addEventListener("beforeunload", this.leave);
    window.addEventListener("focus", this.focused);
    document.addEventListener("click", this.clicked);
  },
  unmounted() {
    window.removeEventListener("keydown", this.keydown);
    window.removeEventListener("beforeunload", this.leave);
    window.removeEventListener("focus", this.focused);
    document.removeEventListener("click", this.clicked);
  },
  methods: {
    applyTheme() {
      window.setDark(this.theme === "auto" ? undefined : this.theme === "dark");
      document.documentElement.dataset.theme = this.theme;
    },
    setTheme(theme) {
      this.theme = theme;
      write("weft-theme", theme);
      this.applyTheme();
    },
    cycleTheme() {
      this.setTheme(THEMES[(THEMES.indexOf(this.theme) + 1) % THEMES.length]);
    },
    keydown(event) {
      if (!this.shortcuts || event.defaultPrevented || document.querySelector(".q-dialog")) return;
      if (event.key === "Escape") this.closeOver(event.target);
      const name = commandOf(event);
      if (!name) return;
      event.preventDefault();
      this.$emit("command", { name });
    },
    focused() {
      if (this.shortcuts) this.$emit("command", { name: "look" });
    },
    leave(event) {
      if (this.unsaved) event.preventDefault();
    },
    /** Buttons that act in the page alone carry `data-act`. */
    clicked(event) {
      const act = event.target.closest?.("[data-act]")?.dataset.act;
      if (act === "theme") this.cycleTheme();
      else if (act?.startsWith("theme-")) this.setTheme(act.slice(6));
      else if (act?.startsWith("pane-")) this.togglePane(act.slice(5));
    },
    panes() {
      return document.querySelector(".w-editor");
    },
    restorePanes() {
      const root = this.panes();
      if (!root) return;
      for (const pane of ["left", "right"]) {
        const saved = read(`weft-pane-${pane}`);
        if (saved) root.dataset[pane] = saved;
      }
      root.dataset.front = "right";
    },
    togglePane(pane) {
      const root = this.panes();
      const open = getComputedStyle(root.querySelector(`.w-pane--${pane}`)).display !== "none";
      root.dataset[pane] = open ? "closed" : "open";
      if (!open) root.dataset.front = pane;
      write(`weft-pane-${pane}`, root.dataset[pane]);
    },
    /** A pane that lies over the canvas, where there is no room beside it, goes with Escape. */
    closeOver(target) {
      const root = this.panes();
      if (target.closest?.(".weft-canvas") || document.querySelector("dialog[open], :popover-open")) return;
      for (const pane of ["left", "right"]) {
        const { display, position } = getComputedStyle(root.querySelector(`.w-pane--${pane}`));
        if (display === "none" || position === "static" || position === "relative") continue;
        root.dataset[pane] = "closed";
        root.dataset.front = pane === "left" ? "right" : "left"; // what it took the place of
        document.querySelector(`[data-act="pane-${pane}"]`)?.focus();
      }
    },
    /** Keep this in the page's address, where a reload finds it; '' takes it away. */
    keep(name, value) {
      const url = new URL(location.href);
      if (value) url.searchParams.set(name, value);
      else url.searchParams.delete(name);
      history.replaceState(history.state, "", url);
    },
    openPane(pane) {
      const root = this.panes();
      if (getComputedStyle(root.querySelector(`.w-pane--${pane}`)).display !== "none") return;
      root.dataset[pane] = "open";
      root.dataset.front = pane;
    },
    toast(text, kind = "info", hint = "") {
      const id = this.next++;
      this.toasts = [...this.toasts.filter((toast) => toast.text !== text), { id, text, kind, hint }].slice(-4);
      setTimeout(() => this.close(id), TOAST_MS[kind] ?? TOAST_MS.info);
    },
    close(id) {
      this.toasts = this.toasts.filter((toast) => toast.id !== id);
    },
    /** Focus the control of the form whose name this is; it may still be on its way here. */
    focusField(name, tries = 20) {
      const field = document.querySelector(`[data-field="${CSS.escape(name)}"]`);
      const control = field?.querySelector(".w-input, .w-switch") ?? field?.querySelector("button");
      if (control) {
        control.focus();
        control.select?.();
        field.scrollIntoView({ block: "nearest" });
      } else if (tries > 0) requestAnimationFrame(() => this.focusField(name, tries - 1));
    },
  },
};
