/**
 * When what is typed in a field goes up while a press elsewhere is under way. What the server answers may move or take
 * away what lies under the pointer, and a button that isn't where it was when the pointer is lifted gets no click: so a
 * press on a control holds it back until the press ends, a moment before its click. Any other press, such as on a card
 * of the canvas, may take the field itself away: there it goes up at once.
 */
const CONTROL = "button, a, summary, label, [type=checkbox], [role=tab], [role=option], [role=menuitem], [role=treeitem]";
const LONGEST = 8000; // ms; a press whose end nobody tells of is over then

export class Presses {
  /** @param {() => HTMLElement} own the field @param {() => void} flush */
  constructor(own, flush) {
    this.since = 0;
    const down = ({ target }) => {
      if (own()?.contains(target)) return;
      this.since = target.closest?.(CONTROL) && !target.closest(".weft-canvas") ? Date.now() : 0;
      if (!this.since) flush();
    };
    const up = () => {
      if (this.since) flush();
      this.since = 0;
    };
    this.heard = { pointerdown: down, pointerup: up, pointercancel: up, dragend: up };
    for (const [name, heard] of Object.entries(this.heard)) window.addEventListener(name, heard, true);
  }

  /** Whether a press on a control is under way. */
  get held() { return Date.now() - this.since < LONGEST; }

  end() {
    for (const [name, heard] of Object.entries(this.heard)) window.removeEventListener(name, heard, true);
  }
}
