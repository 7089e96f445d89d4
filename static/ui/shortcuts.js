/** The shortcuts of the editor, by group, as its table of actions has them. */
export default {
  props: { table: String },
  data: () => ({ groups: [], wrong: "" }),
  template: `
    <div class="w-shortcut-groups">
      <div v-if="wrong" class="w-box w-box--error">{{ wrong }}</div>
      <section v-for="[name, actions] in groups" :key="name">
        <h3>{{ name }}</h3>
        <div v-for="action in actions" :key="action.id" class="w-shortcut"><span>{{ action.words.replace(/…$/, "") }}</span><kbd class="w-keys">{{ action.shown }}</kbd></div>
      </section>
    </div>`,
  async mounted() {
    try {
      const { ACTIONS } = await import(this.table);
      const groups = new Map();
      for (const action of ACTIONS) if (action.shown) groups.set(action.group, [...(groups.get(action.group) ?? []), action]);
      this.groups = [...groups];
    } catch {
      this.wrong = "The shortcuts can't be read. In the editor, ? shows them.";
    }
  },
};
