/** A Vue mixin: `await this.ask('rows', { start: 200 })` is answered by the element's half on the server. */
export const asking = {
  emits: ['ask'],
  created() {
    this.open = new Map();
    this.asked = 0;
  },
  beforeUnmount() {
    this.open.clear();
  },
  methods: {
    /** @param {string} what @param {Record<string, any>} [args] @returns {Promise<any>} rejected with a sentence */
    ask(what, args = {}) {
      const number = ++this.asked;
      this.$emit('ask', { number, what, args });
      return new Promise((resolve, reject) => this.open.set(number, { resolve, reject }));
    },
    answer(number, found, error) {
      const waiting = this.open.get(number);
      this.open.delete(number);
      if (error) waiting?.reject(new Error(error));
      else waiting?.resolve(found);
    },
  },
};
