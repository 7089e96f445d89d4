/**
 * Keys as they are written in the table of actions: `Ctrl+Shift+Enter`, `Alt+ArrowUp`, `C`, `?`. Ctrl also stands for
 * the Command key. Shift is named only where it doesn't already make another sign of the key.
 */

const SIGNS = { ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', Delete: 'Del', Escape: 'Esc', ' ': 'Space' };

/** The name of the key that was pressed. @param {KeyboardEvent} event */
export function keyOf(event) {
  const { key, code } = event;
  const letter = /^Key([A-Z])$/.exec(code ?? '');
  const plain = event.altKey && letter ? letter[1] : key.length === 1 ? key.toUpperCase() : key;
  const shift = event.shiftKey && (plain.length > 1 || plain === ' ' || /[A-Z]/.test(plain));
  return [event.ctrlKey || event.metaKey ? 'Ctrl' : '', event.altKey ? 'Alt' : '', shift ? 'Shift' : '', plain]
    .filter(Boolean).join('+');
}

/** As it is shown to a person: `Ctrl Shift Enter`. @param {string} key */
export function keyShown(key) {
  if (key === '+' || key === 'Ctrl++') return key.replace('++', ' +');
  return key.split('+').map((part) => SIGNS[part] ?? part).join(' ');
}
