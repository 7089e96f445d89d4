/**
 * What a step tells while it does a flow several times, or another flow inside itself: how far it is, in which round,
 * how many of its inner steps run, are done, or failed.
 *
 * @typedef {{running: number, done: number, failed: number, asks: number}} Nested counts of the steps inside
 * @typedef {{progress?: [number, number], rounds?: boolean, nested?: Nested}} Doing
 */

/** `3 of 10`, or `Round 4 of at most 10`. @param {Doing} step */
export function progressText({ progress, rounds }) {
  if (!progress) return '';
  const [done, total] = progress.map((n) => n.toLocaleString('en'));
  return rounds ? `Round ${(progress[0] + 1).toLocaleString('en')} of at most ${total}` : `${done} of ${total}`;
}

/** How much of the bar is full, 0 to 1; null without a bar. @param {Doing} step */
export function share({ progress }) {
  if (!progress || progress[1] <= 0) return null;
  return Math.max(0, Math.min(1, progress[0] / progress[1]));
}

/** `1 failed · 2 running · 5 done`, whatever there is of it inside: what a person must know first. @param {Nested|undefined} nested */
export function insideText(nested, over = false) {
  if (!nested) return '';
  const { running = 0, done = 0, failed = 0, asks = 0 } = nested;
  const parts = [];
  const told = (n) => n.toLocaleString('en');
  if (asks && !over) parts.push(asks === 1 ? '1 question' : `${told(asks)} questions`);
  if (failed) parts.push(over ? `${told(failed)} failed inside` : `${told(failed)} failed`);
  if (running && !over) parts.push(`${told(running)} running`);
  if (done && !over) parts.push(`${told(done)} done`);
  return parts.join(' · ');
}
