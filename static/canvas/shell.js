/**
 * The thin Vue component that NiceGUI mounts: it holds no state of its own, so that its being rendered again does
 * nothing. Everything is in the editor it makes inside its element.
 */
import { createEditor } from 'weft-canvas';

const METHODS = ['load', 'applied', 'isAt', 'refused', 'problems', 'runState', 'marks', 'review', 'compare', 'showPast', 'select', 'reveal', 'command', 'setTheme'];

export default {
  template: '<div></div>',
  props: { snapshotUrl: String, flowsUrl: String, only: Boolean },
  emits: ['ready', 'ops', 'select', 'open', 'command', 'notice', 'viewport'],
  mounted() {
    this.editor = createEditor(this.$el, {
      emit: (name, payload) => { this.$emit(name, payload); this.heard(); },
      snapshotUrl: this.snapshotUrl ?? '',
      flowsUrl: this.flowsUrl ?? '',
      only: this.only,
    });
    this.$el.editor = this.editor;
    this.wires = { disconnect: () => { this.lost = true; }, connect: () => this.back() };
    for (const [name, handler] of Object.entries(this.wires)) window.socket?.on(name, handler);
  },
  unmounted() {
    for (const [name, handler] of Object.entries(this.wires)) window.socket?.off(name, handler);
    this.editor.destroy();
  },
  methods: {
    ...Object.fromEntries(METHODS.map((name) => [name, function (...args) { const said = this.editor[name](...args); this.heard(); return said; }])),
    /** Something may look different now: the outline reads the same mirror of the flow. */
    heard() {
      if (this.editor) document.dispatchEvent(new CustomEvent('weft-canvas', { detail: this.editor }));
    },
    /** NiceGUI's connection is there again, after it was lost. */
    back() {
      if (this.lost) this.editor.reconnected();
      this.lost = false;
    },
  },
};
