/** The colours that the 2D layers paint with, read from the CSS variables once a theme and not once a frame. */

const NAMES = [
  'bg', 'grid', 'surface', 'border-strong', 'text', 'accent', 'accent-soft', 'edge', 'ok', 'ok-soft', 'warn',
  'warn-soft', 'error', 'error-soft', 'font',
];

/** @typedef {Record<string, string>} Colours */

export class Theme {
  /** @param {HTMLElement} root @param {() => void} changed */
  constructor(root, changed) {
    this.root = root;
    this.changed = changed;
    /** @type {Colours} */
    this.colours = {};
    this.observer = new MutationObserver(() => this.read());
    this.observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
    this.observer.observe(document.documentElement, { attributes: true, attributeFilter: ['class'] });
    this.read();
  }

  read() {
    const style = getComputedStyle(this.root);
    for (const name of NAMES) this.colours[name] = style.getPropertyValue(`--w-${name}`).trim();
    this.changed();
  }

  destroy() { this.observer.disconnect(); }
}

const PORT_KINDS = new Set(['text', 'number', 'json', 'messages', 'file', 'any', 'model', 'boolean', 'list']);

/** The token that colours a port of this type: `list[file]` is coloured as a list. */
export function portToken(type) {
  const kind = type.startsWith('list') ? 'list' : type;
  if (PORT_KINDS.has(kind)) return `port-${kind}`;
  if (kind === 'integer') return 'port-number';
  if (kind === 'template') return 'port-text';
  if (kind === 'expression') return 'port-any';
  if (kind === 'secret' || kind === 'flow') return 'port-model';
  return 'port-any';
}

/** A component's own colour as CSS: one of our tokens by name, any CSS colour, or the accent. */
export function squareColour(colour) {
  if (!colour) return 'var(--w-accent)';
  if (/^[a-z][a-z-]*$/.test(colour) && !CSS.supports('color', colour)) return `var(--w-${colour}, var(--w-accent))`;
  return CSS.supports('color', colour) ? colour : 'var(--w-accent)';
}
