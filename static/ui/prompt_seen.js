/** What a node will see, in a section of the form. */
import { Seen } from "weft-prompt";

export default {
  components: { Seen },
  props: { preview: { type: Object, default: null } },
  emits: ["jump"],
  template: `<Seen :preview="preview" @jump="$emit('jump', $event)" />`,
};
