/** Viewport, selection and opened cards of a flow, for as long as the tab lives: a reload changes nothing. */

const PREFIX = 'weft:canvas:';
const PAUSE = 250;

export class Memory {
  constructor() {
    this.slug = '';
    this.timer = 0;
    this.collect = () => ({});
    this.flush = this.flush.bind(this);
    addEventListener('pagehide', this.flush);
  }

  /** @param {string} slug @returns {{camera?: any, nodes?: string[], open?: string[]}} */
  recall(slug) {
    this.slug = slug;
    try {
      return JSON.parse(sessionStorage.getItem(PREFIX + slug) ?? '{}') ?? {};
    } catch {
      return {}; // storage is off, or another program's value: start afresh
    }
  }

  /** Write soon: not at every frame of a pan. */
  later() {
    if (!this.timer) this.timer = setTimeout(this.flush, PAUSE);
  }

  flush() {
    clearTimeout(this.timer);
    this.timer = 0;
    if (!this.slug) return;
    try {
      sessionStorage.setItem(PREFIX + this.slug, JSON.stringify(this.collect()));
    } catch (error) {
      if (!(error instanceof DOMException)) throw error; // full or forbidden: the view is simply not kept
    }
  }

  destroy() {
    this.flush();
    removeEventListener('pagehide', this.flush);
  }
}
