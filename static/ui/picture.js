/** A flow drawn small: numbers in, shapes out, coloured by the theme. */

export default {
  props: {
    width: Number,
    height: Number,
    nodes: Array, // of [x, y, width, height, kind]
    edges: Array, // of [x1, y1, x2, y2]
    label: String,
    far: Boolean, // too small for details
  },
  computed: {
    paths() {
      return this.edges.map(([x1, y1, x2, y2]) => {
        const bend = Math.max(24, Math.abs(x2 - x1) / 2);
        return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
      });
    },
  },
  template: `
    <svg class="w-picture" :class="{ 'w-picture--far': far }" role="img" :aria-label="label" :viewBox="'0 0 ' + width + ' ' + height" preserveAspectRatio="xMidYMid meet">
      <path v-for="(d, at) in paths" :key="at" :d="d" class="w-picture-edge" />
      <g v-for="(node, at) in nodes" :key="'n' + at" :class="'w-picture-node w-picture-node--' + node[4]">
        <rect :x="node[0]" :y="node[1]" :width="node[2]" :height="node[3]" rx="18" />
        <template v-if="!far">
        <rect class="w-picture-chip" :x="node[0] + 24" :y="node[1] + 26" width="30" height="30" rx="8" />
        <rect class="w-picture-line" :x="node[0] + 68" :y="node[1] + 34" :width="node[2] - 100" height="14" rx="7" />
        <rect class="w-picture-line w-picture-line--faint" :x="node[0] + 24" :y="node[1] + 78" :width="node[2] - 48" height="12" rx="6" />
        </template>
      </g>
    </svg>
  `,
};
