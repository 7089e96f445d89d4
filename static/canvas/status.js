/**
 * What a card says about the run.
 * @typedef {'idle'|'waiting'|'running'|'succeeded'|'cached'|'failed'|'skipped'|'cancelled'|'paused'|'pinned'|'edited'} Status
 * @typedef {{status: Status, text?: string, thought?: string, seconds?: number, tokens?: number, cost?: string, error?: any,
 *   because?: any, cached?: boolean, from?: string, how?: string, taken?: string[], asks?: string}
 *   & import('./nested.js').Doing} StepView
 *   `from` is the run a cached value comes from, `how` it came to be (`pinned`, `edited`), `taken` the outputs that got
 *   a value where some got none, `asks` the path of the step inside it that asks a person
 */
import { insideText, progressText } from './nested.js';

/** The word on the pill, and the tone that colours pill and border. */
const SHOWN = {
  idle: ['idle', 'idle'],
  waiting: ['waiting', 'idle'],
  running: ['running', 'warn'],
  succeeded: ['done', 'ok'],
  cached: ['cached', 'ok'],
  pinned: ['pinned', 'ok'],
  edited: ['edited', 'ok'],
  failed: ['failed', 'error'],
  skipped: ['skipped', 'idle'],
  cancelled: ['cancelled', 'idle'],
  paused: ['asks you', 'accent'],
};

/** @param {StepView|undefined} step @returns {Status} */
export function statusOf(step) {
  const status = step?.status ?? 'idle';
  if (status === 'succeeded' && step?.cached) return step.how in SHOWN ? step.how : 'cached';
  return status in SHOWN ? status : 'idle';
}

export const pillWord = (status) => SHOWN[status][0];
export const tone = (status) => SHOWN[status][1];

/** How much text a card's box can hold: three lines. */
const FITS = 132;

/** The end of a growing text, from a word's start. */
export function tail(text, most = FITS) {
  const flat = text.replace(/\s+/g, ' ').trim();
  if (flat.length <= most) return flat;
  const end = flat.slice(-most);
  const space = end.indexOf(' ');
  return `… ${space > 0 && space < 24 ? end.slice(space + 1) : end}`;
}

/** The beginning of a text, where there is room for two or three lines: none of them is empty, or a bracket alone. */
export const head = (text, most = 3 * FITS) => text.slice(0, most).trim().replace(/\n\s*\n/g, '\n').replace(/^([[{])\s*\n\s*/, '$1');

const sentence = (value) => (typeof value === 'string' ? value : value?.message ?? '');

/** `1.2 s · 340 tokens`, whatever is known of it. @param {StepView} step */
export function measures(step) {
  const parts = [];
  if (Number.isFinite(step.seconds)) parts.push(duration(step.seconds));
  if (step.tokens > 0) parts.push(`${counted(step.tokens)} ${step.tokens === 1 ? 'token' : 'tokens'}`);
  if (step.cost) parts.push(step.cost);
  return parts.join(' · ');
}

/** What a finished step is said to have taken: nothing, if its value is an earlier one. @param {StepView} step */
function facts(step) {
  const inside = insideText(step.nested, !step.together); // of several items, how many are done counts to the end
  const from = step.cached && step.from ? `from run …${step.from.slice(-6)}` : '';
  return [inside, from || measures(step)].filter(Boolean).join(' · ');
}

/** As long as there is room the number itself: `1,340`, `1.23M`. */
const counted = (n) => (n < 100_000 ? n.toLocaleString('en') : n.toLocaleString('en', { notation: 'compact', maximumSignificantDigits: 3 }));

function duration(seconds) {
  if (seconds < 0.0095) return `${(seconds * 1000).toFixed(1)} ms`;
  if (seconds < 0.995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/**
 * What stands in a card's box.
 * @param {StepView|undefined} step @param {string} preview of the node's own text
 * @returns {{text: string, kind: 'preview'|'stream'|'thought'|'progress'|'answer'|'error'|'note', note: string}} `note` is the last line
 */
export function boxText(step, preview) {
  switch (statusOf(step)) {
    case 'running':
      if (step.progress) return { text: progressText(step), kind: 'progress', note: insideText(step.nested) };
      if (step.text) return { text: tail(step.text), kind: 'stream', note: '' };
      if (step.thought) return { text: tail(step.thought), kind: 'thought', note: '' };
      return { text: preview, kind: 'preview', note: insideText(step.nested) };
    case 'succeeded':
    case 'cached':
    case 'pinned':
    case 'edited':
      return { text: head(step.text || preview), kind: step.text ? 'answer' : 'preview', note: facts(step) };
    case 'failed':
      return { text: sentence(step.error) || 'It failed without saying why.', kind: 'error', note: facts(step) };
    case 'skipped':
      return { text: sentence(step.because) || 'Nothing asked for it.', kind: 'note', note: '' };
    case 'cancelled':
      return step.text ? { text: tail(step.text), kind: 'note', note: '' } : { text: 'Stopped before it finished.', kind: 'note', note: '' };
    case 'paused':
      return { text: sentence(step.because) || 'Waits for an answer.', kind: 'note', note: '' };
    default:
      return { text: preview, kind: 'preview', note: '' };
  }
}

/** The text that says best what a node does: its first written text, else its short params.
 * @param {{params?: Record<string, any>}} node @param {import('./rows.js').Ports|undefined} ports */
export function previewOf(node, ports) {
  const params = node.params ?? {};
  const named = (ports?.inputs ?? []).filter((p) => typeof params[p.name] === 'string' && params[p.name].trim());
  const best = named.find((p) => p.type === 'template') ?? named.find((p) => p.type === 'expression')
    ?? named.find((p) => p.type === 'condition')
    ?? named.find((p) => p.type === 'text');
  if (best) return head(params[best.name]);
  return Object.entries(params)
    .filter(([name, v]) => name !== 'save' && v !== null && v !== '')
    .slice(0, 3)
    .map(([name, v]) => `${name}: ${shortly(v)}`)
    .join('\n');
}

function shortly(value) {
  if (typeof value === 'string') return value.slice(0, 60);
  if (value && typeof value === 'object' && '$secret' in value) return `secret ${value.$secret}`;
  if (value && typeof value === 'object' && '$file' in value) return value.$file;
  if (value && typeof value === 'object' && 'nodes' in value) return value.name || 'written in place';
  if (Array.isArray(value) && value.length && value.every((one) => typeof one?.name === 'string')) {
    return value.map((one) => one.name).join(', ').slice(0, 60);
  }
  return (JSON.stringify(value) ?? '').slice(0, 60);
}
