/** Which lines of a long list are in view: only those are in the page. */

const SPARE = 8;

export class Window {
  /** @param {number} height of a line */
  constructor(height) {
    this.height = height;
  }

  /** @param {number} top @param {number} view heights in px @param {number} count @returns {[number, number]} */
  range(top, view, count) {
    const first = Math.max(0, Math.floor(top / this.height) - SPARE);
    return [Math.min(first, count), Math.min(count, Math.ceil((top + view) / this.height) + SPARE)];
  }

  /** Bring a line into view. @param {HTMLElement} el that scrolls @param {number} head what covers its top */
  reveal(el, index, head = 0) {
    const y = index * this.height, view = el.clientHeight - head;
    if (y < el.scrollTop) el.scrollTop = y;
    else if (y + this.height > el.scrollTop + view) el.scrollTop = y + this.height - view;
  }
}
