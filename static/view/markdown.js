/**
 * Markdown of a model as elements, safely: every text becomes a text node, every element is one of a few, a link leads
 * only to http, https or mailto, and a picture is named and not loaded. HTML in it is shown as it is written.
 */

const MOST = 64 * 1024;
const DEEPEST = 8;
const SAFE = /^(https?:\/\/|mailto:)[^\s\u0000-\u001f]+$/i;
const INLINE = /(`+)([^`]|[^`][\s\S]{0,4000}?[^`])\1(?!`)|!\[([^\]\n]{0,300})\]\(([^)\s]{0,2000})\)|\[([^\]\n]{1,300})\]\(([^)\s]{1,2000})\)|(\*\*|__)(?=\S)([\s\S]{1,2000}?\S)\7|([*_])(?=\S)([^*_\n]{1,2000}?\S|\S)\9(?![\w*])|~~(?=\S)([^~\n]{1,2000})~~|<(https?:\/\/[^\s<>]{1,2000})>/;

/** @param {string} text @returns {DocumentFragment} */
export function markdown(text) {
  const root = document.createDocumentFragment();
  const cut = text.length > MOST;
  blocks(root, (cut ? text.slice(0, MOST) : text).replace(/\r\n?/g, '\n').split('\n'), 0);
  if (cut) root.append(make('p', 'w-md-cut', `The first ${MOST.toLocaleString('en')} characters of ${text.length.toLocaleString('en')}: see Text for all.`));
  return root;
}

function make(tag, name = '', text = '') {
  const el = document.createElement(tag);
  if (name) el.className = name;
  if (text) el.textContent = text;
  return el;
}

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([\w+-]{0,30})/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)\s*#*$/;
const RULE = /^ {0,3}([-*_])(\s*\1){2,}\s*$/;
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const QUOTE = /^ {0,3}> ?(.*)$/;
const ROW = /^\s*\|(.+)\|\s*$/;
const DIVIDER = /^\s*\|(\s*:?-{1,}:?\s*\|)+\s*$/;

/** @param {Node} into @param {string[]} lines */
function blocks(into, lines, depth) {
  let at = 0;
  while (at < lines.length) {
    const line = lines[at];
    if (!line.trim()) { at++; continue; }
    const fence = FENCE.exec(line);
    if (fence) { at = code(into, lines, at, fence[1]); continue; }
    const heading = HEADING.exec(line);
    if (heading) {
      const el = make(`h${Math.min(6, heading[1].length + 2)}`);
      inline(el, heading[2], 0);
      into.append(el);
      at++;
    } else if (RULE.test(line)) {
      into.append(make('hr'));
      at++;
    } else if (QUOTE.test(line) && depth < DEEPEST) {
      const inner = [];
      while (at < lines.length && QUOTE.test(lines[at])) inner.push(QUOTE.exec(lines[at++])[1]);
      const el = make('blockquote');
      blocks(el, inner, depth + 1);
      into.append(el);
    } else if (ITEM.test(line) && depth < DEEPEST) {
      at = list(into, lines, at, depth);
    } else if (ROW.test(line) && DIVIDER.test(lines[at + 1] ?? '')) {
      at = table(into, lines, at);
    } else {
      at = paragraph(into, lines, at, depth);
    }
  }
}

function code(into, lines, at, mark) {
  const inner = [];
  for (at++; at < lines.length && !lines[at].trim().startsWith(mark); at++) inner.push(lines[at]);
  const el = make('pre');
  el.append(make('code', '', inner.join('\n')));
  into.append(el);
  return at + 1;
}

function list(into, lines, at, depth) {
  const first = ITEM.exec(lines[at]);
  const ordered = /\d/.test(first[2]), indent = first[1].length;
  const el = make(ordered ? 'ol' : 'ul');
  if (ordered && parseInt(first[2], 10) !== 1) el.setAttribute('start', String(parseInt(first[2], 10)));
  while (at < lines.length) {
    const item = ITEM.exec(lines[at]);
    if (!item || item[1].length < indent || /\d/.test(item[2]) !== ordered) break;
    const deeper = item[1].length + item[2].length + 1;
    const inner = [item[3]];
    for (at++; at < lines.length; at++) {
      const next = lines[at], lead = next.length - next.trimStart().length;
      if (!next.trim()) { if (!(lines[at + 1] ?? '').startsWith(' ')) break; inner.push(''); continue; }
      if (lead > indent && (ITEM.test(next) || lead >= 2)) inner.push(next.slice(Math.min(lead, deeper)));
      else break;
    }
    const li = make('li');
    blocks(li, inner, depth + 1);
    el.append(li);
    if (at < lines.length && !lines[at].trim() && ITEM.test(lines[at + 1] ?? '')) at++;
  }
  into.append(el);
  return at;
}

function table(into, lines, at) {
  const cells = (line) => ROW.exec(line)[1].split('|').slice(0, 40).map((one) => one.trim());
  const el = make('table');
  const row = (tag, line, section) => {
    const tr = make('tr');
    for (const text of cells(line)) { const one = make(tag); inline(one, text, 0); tr.append(one); }
    section.append(tr);
  };
  const head = make('thead'), body = make('tbody');
  row('th', lines[at], head);
  for (at += 2; at < lines.length && ROW.test(lines[at]); at++) row('td', lines[at], body);
  el.append(head, body);
  into.append(el);
  return at;
}

function paragraph(into, lines, at, depth) {
  const inner = [lines[at++]];
  const ends = (line) => !line.trim() || FENCE.test(line) || HEADING.test(line) || RULE.test(line)
    || (depth < DEEPEST && (QUOTE.test(line) || ITEM.test(line)));
  while (at < lines.length && !ends(lines[at])) inner.push(lines[at++]);
  const el = make('p');
  inner.forEach((line, i) => {
    if (i) el.append(/ {2,}$|\\$/.test(inner[i - 1]) ? make('br') : ' ');
    inline(el, line.trim(), 0);
  });
  into.append(el);
  return at;
}

function inline(into, text, depth) {
  while (text) {
    const found = depth < DEEPEST ? INLINE.exec(text) : null;
    if (!found) { into.append(text); return; }
    if (found.index) into.append(text.slice(0, found.index));
    into.append(piece(found, depth));
    text = text.slice(found.index + found[0].length);
  }
}

function piece(found, depth) {
  const [whole, , source, alt, , words, address, , strong, , soft, gone, bare] = found;
  if (source !== undefined) return make('code', '', source);
  if (alt !== undefined) return make('span', 'w-md-picture', alt ? `Picture: ${alt}` : 'Picture');
  if (words !== undefined) return link(address, words, depth) ?? document.createTextNode(whole);
  if (bare !== undefined) return link(bare, bare, DEEPEST) ?? document.createTextNode(whole);
  const el = make(strong !== undefined ? 'strong' : gone !== undefined ? 'del' : 'em');
  inline(el, strong ?? soft ?? gone, depth + 1);
  return el;
}

function link(address, words, depth) {
  if (!SAFE.test(address)) return null;
  const el = /** @type {HTMLAnchorElement} */ (make('a'));
  el.setAttribute('href', address);
  el.setAttribute('target', '_blank');
  el.setAttribute('rel', 'noopener noreferrer nofollow');
  el.title = address;
  inline(el, words, depth + 1);
  return el;
}
