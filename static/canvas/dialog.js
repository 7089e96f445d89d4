/** A modal dialog over the page: the browser keeps the focus in it, and gives it back. */

/** @param {string} name @param {string} className @param {() => void} [closed] */
export function openDialog(name, className, closed = () => {}) {
  const el = document.createElement('dialog');
  el.className = `weft-dialog ${className}`;
  el.setAttribute('aria-label', name);
  el.addEventListener('close', () => { el.remove(); closed(); });
  el.addEventListener('pointerdown', (event) => {
    if (event.target === el && outside(el, event)) el.close(); // beside it, on the backdrop
  });
  for (const type of ['keydown', 'keyup', 'paste', 'copy', 'cut', 'contextmenu']) {
    el.addEventListener(type, (event) => event.stopPropagation());
  }
  document.body.append(el);
  return el;
}

function outside(el, { clientX: x, clientY: y }) {
  const r = el.getBoundingClientRect();
  return x < r.left || x > r.right || y < r.top || y > r.bottom;
}

/** An element with a class and, perhaps, a text: never markup. */
export function make(tag, className = '', text = '') {
  const el = document.createElement(tag);
  if (className) el.className = className;
  if (text) el.textContent = text;
  return el;
}
