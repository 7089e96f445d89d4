/** Times and amounts as a person says them. */

const MINUTE = 60, HOUR = 3600, DAY = 86400;

/** `just now`, `3 hours ago`, `2 days ago`. @param {number} ms since 1970 */
export function ago(ms, now = Date.now()) {
  const s = Math.max(0, (now - ms) / 1000);
  if (s < 45) return 'just now';
  if (s < 90) return '1 minute ago';
  if (s < 45 * MINUTE) return `${Math.round(s / MINUTE)} minutes ago`;
  if (s < 1.5 * HOUR) return '1 hour ago';
  if (s < 22 * HOUR) return `${Math.round(s / HOUR)} hours ago`;
  if (s < 1.5 * DAY) return '1 day ago';
  return `${Math.round(s / DAY)} days ago`;
}

const two = (n) => String(n).padStart(2, '0');

/** `12:04:31`, with the day in front if it isn't today. @param {number} ms */
export function clock(ms, now = Date.now(), seconds = false) {
  const at = new Date(ms), today = new Date(now);
  const time = `${two(at.getHours())}:${two(at.getMinutes())}${seconds ? `:${two(at.getSeconds())}` : ''}`;
  if (at.toDateString() === today.toDateString()) return time;
  const day = at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
  return `${day}${at.getFullYear() === today.getFullYear() ? '' : ` ${at.getFullYear()}`} ${time}`;
}

export function duration(seconds) {
  if (seconds === null || seconds === undefined) return '';
  if (seconds < 0.0095) return `${(seconds * 1000).toFixed(1)} ms`;
  if (seconds < 0.995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min ${Math.round(seconds % MINUTE)} s`;
  return `${Math.floor(seconds / HOUR)} h ${Math.round((seconds % HOUR) / MINUTE)} min`;
}

export const short = (n) => (n ? n.toLocaleString('en') : '');

/** A sum of dollars; "" for nothing. */
export function money(cost) {
  if (!cost) return '';
  return cost < 0.01 ? `$${cost.toFixed(4)}` : `$${cost.toFixed(2)}`;
}
