/**
 * The thin Vue component that NiceGUI mounts: it holds no state of its own, so that its being rendered again does
 * nothing. Everything is in the editor it makes inside its element.
 */
import { createEditor } from 'weft-canvas';

const METHODS = ['load', 'applied', 'refused', 'problems', 'runState', 'select', 'reveal', 'command', 'setTheme', 'hello'];

export default {
  template: '<div></div>',
  props: { snapshotUrl: String },
  emits: ['ready', 'ops', 'select', 'open', 'command', 'notice', 'viewport'],
  mounted() {
    this.editor = createEditor(this.$el, {
      emit: (name, payload) => this.$emit(name, payload),
      snapshotUrl: this.snapshotUrl ?? '',
    });
  },
  unmounted() { this.editor?.destroy(); },
  methods: Object.fromEntries(METHODS.map((name) => [name, function (...args) { return this.editor[name](...args); }])),
};
