/**
 * How well a few typed letters mean a text: they must come in this order, and count more at the beginnings of words
 * and side by side. Pure.
 */

/**
 * @param {string} query @param {string} text
 * @returns {{score: number, at: number[]}|null} the places of the letters; null when it isn't meant at all
 */
export function match(query, text) {
  const wanted = query.toLowerCase().replace(/\s+/g, '');
  if (!wanted) return { score: 0, at: [] };
  const low = text.toLowerCase();
  const whole = low.indexOf(query.toLowerCase().trim());
  if (whole >= 0) {
    const start = whole === 0 ? 60 : begins(text, whole) ? 40 : 10;
    const at = Array.from({ length: query.trim().length }, (_, i) => whole + i);
    return { score: start + 10 * at.length - low.length / 50, at };
  }
  const at = letters(wanted, low, text);
  if (!at) return null;
  let score = -low.length / 50;
  at.forEach((place, i) => {
    score += begins(text, place) ? 6 : 1;
    if (i && at[i - 1] === place - 1) score += 3;
    else if (i) score -= Math.min(3, (place - at[i - 1]) / 6);
  });
  return score > wanted.length ? { score, at } : null;
}

const begins = (text, at) => at === 0 || /[\s_\-·:/.(]/.test(text[at - 1]) || (/[a-z]/.test(text[at - 1]) && /[A-Z]/.test(text[at]));

/** Each letter at the beginning of a word if that leaves room for the rest, else at the next place. */
function letters(wanted, low, text) {
  const at = [];
  let from = 0;
  for (const letter of wanted) {
    const next = low.indexOf(letter, from);
    if (next < 0) return null;
    let best = next;
    if (!(at.length && next === from) && !begins(text, next)) {
      for (let i = next; i >= 0; i = low.indexOf(letter, i + 1)) {
        if (begins(text, i) && inOrder(wanted.slice(at.length + 1), low, i + 1)) { best = i; break; }
      }
    }
    at.push(best);
    from = best + 1;
  }
  return at;
}

function inOrder(rest, low, from) {
  for (const letter of rest) {
    const next = low.indexOf(letter, from);
    if (next < 0) return false;
    from = next + 1;
  }
  return true;
}

/**
 * The best first. Of equals, what was used lately, then the order given.
 * @template {{words: string, more?: string, id: string}} T
 * @param {string} query @param {readonly T[]} entries @param {readonly string[]} recent ids, the latest first
 * @returns {{entry: T, at: number[]}[]}
 */
export function ranked(query, entries, recent = []) {
  const rank = new Map(recent.map((id, i) => [id, recent.length - i]));
  const found = [];
  entries.forEach((entry, order) => {
    const own = match(query, entry.words);
    const other = entry.more ? match(query, entry.more) : null;
    const best = own ?? (other && { score: other.score / 3, at: [] });
    if (best) found.push({ entry, at: best.at, score: best.score, recent: rank.get(entry.id) ?? 0, order });
  });
  const typed = query.trim().length > 0;
  return found.sort((a, b) => {
    const score = typed ? b.score + Math.min(b.recent, 5) - a.score - Math.min(a.recent, 5) : b.recent - a.recent;
    return score || a.order - b.order;
  });
}
