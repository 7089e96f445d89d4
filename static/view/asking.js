/** A Vue mixin: `await this.ask('rows', { start: 200 })` is answered by the element's half on the server. */
export const asking = {
  emits: ['ask'],
  created() {
    this.pending = new Map();
    this.asked = 0;
  },
  beforeUnmount() {
    this.pending.clear();
  },
  methods: {
    /** @param {string} what @param {Record<string, any>} [args] @returns {Promise<any>} rejected with a sentence */
    ask(what, args = {}) {
      const number = ++this.asked;
      this.$emit('ask', { number, what, args });
      return new Promise((resolve, reject) => this.pending.set(number, { resolve, reject }));
    },
    answer(number, found, error) {
      const waiting = this.pending.get(number);
      this.pending.delete(number);
      if (error) waiting?.reject(new Error(error));
      else waiting?.resolve(found);
    },
  },
};
