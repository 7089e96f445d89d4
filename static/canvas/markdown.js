/**
 * The little of Markdown that notes know: headings, lists, bold, italic, code. Builds elements and text nodes only:
 * whatever else is written stays text.
 */
const INLINE = /(\*\*[^*\n]+\*\*|\*[^*\s][^*\n]*\*|`[^`\n]+`)/;

/** @param {string} text @returns {DocumentFragment} */
export function rendered(text) {
  const all = document.createDocumentFragment();
  let list = null, paragraph = null;
  for (const line of text.split('\n')) {
    const heading = /^(#{1,3})\s+(.+)$/.exec(line), item = /^\s*(?:[-*]|(\d+)[.)])\s+(.+)$/.exec(line);
    if (!item) list = null;
    if (heading || item || !line.trim()) paragraph = null;
    if (heading) all.append(inline(document.createElement(`h${heading[1].length + 2}`), heading[2]));
    else if (item) {
      const tag = item[1] ? 'OL' : 'UL';
      if (list?.tagName !== tag) all.append(list = document.createElement(tag));
      list.append(inline(document.createElement('li'), item[2]));
    } else if (line.trim()) {
      if (paragraph) paragraph.append(document.createElement('br'));
      else all.append(paragraph = document.createElement('p'));
      inline(paragraph, line);
    }
  }
  return all;
}

function inline(el, text) {
  for (const part of text.split(INLINE)) {
    const [tag, cut] = /^\*\*.+\*\*$/.test(part) ? ['b', 2] : /^\*.+\*$/.test(part) ? ['i', 1] : /^`.+`$/.test(part) ? ['code', 1] : ['', 0];
    if (!tag) { el.append(part); continue; }
    const inner = document.createElement(tag);
    inner.textContent = part.slice(cut, -cut);
    el.append(inner);
  }
  return el;
}
