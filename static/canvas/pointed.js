/** The option of a list that the keys stand on, while the caret stays in the field above it. */

/**
 * @param {HTMLElement} input with the role combobox @param {HTMLElement} list of options, all of which are shown
 * @param {number} from the one pointed at so far @param {number} to counted on from the other end past either
 * @returns {number} the one pointed at now
 */
export function pointAt(input, list, from, to) {
  const options = list.children;
  options[from]?.removeAttribute('aria-selected');
  const now = options.length ? (to + options.length) % options.length : 0;
  const el = options[now];
  el?.setAttribute('aria-selected', 'true');
  el?.scrollIntoView({ block: 'nearest' });
  input.setAttribute('aria-activedescendant', el?.id ?? '');
  return now;
}
