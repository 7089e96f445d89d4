/** A few components as the server would describe them, and which types fit. */

const out = (name, type = 'text') => ({ name, type });
const port = (name, type, more = {}) => ({ name, type, required: false, many: false, label: '', help: '', ...more });
const need = (name, type, more = {}) => port(name, type, { required: true, ...more });

const KINDS = {
  prompt: {
    title: 'Prompt', help: 'Ask a model', color: 'accent',
    inputs: [
      port('prompt', 'template'), port('model', 'model'), port('context', 'list[messages]', { many: true }),
      port('system', 'text'), port('temperature', 'number'),
    ],
    outputs: [out('text'), out('messages', 'messages')],
  },
  text: { title: 'Text', help: 'Text from a template', color: 'accent', inputs: [need('template', 'template')], outputs: [out('output')] },
  research: {
    title: 'Research', help: 'Look things up', color: '#f59e0b',
    inputs: [need('question', 'text'), need('files', 'file')], outputs: [out('answer'), out('sources', 'json')],
  },
  web: { title: 'Web tool', help: 'Fetch a page', color: '#12b47f', inputs: [need('query', 'text')], outputs: [out('pages', 'json')] },
  source: { title: 'Source', help: '', color: 'accent', inputs: [], outputs: [out('text'), out('attachments', 'file')] },
  report: {
    title: 'Report', help: '', color: 'accent',
    inputs: [need('draft', 'text'), need('sources', 'json'), need('extra', 'json')], outputs: [out('report')],
  },
  join: { title: 'Join', help: 'Join texts', color: 'accent', inputs: [need('parts', 'list[text]', { many: true })], outputs: [out('output')] },
  add: { title: 'Add', help: '', color: 'ok', inputs: [need('a', 'number'), need('b', 'number')], outputs: [out('output', 'number')] },
};

export const COMPONENTS = Object.fromEntries(Object.entries(KINDS).map(([name, { title, help, color, inputs, outputs }]) =>
  [name, { title, help, color, icon: '', category: 'Test', ports: { inputs, outputs } }]));

/** Static ports, and one for each `{{hole}}` of a template. */
export function portsOf(node) {
  const kind = KINDS[node.component];
  if (!kind) return null;
  const template = kind.inputs.find((p) => p.type === 'template');
  const text = node.params?.[template?.name] ?? '';
  const holes = [...new Set([...String(text).matchAll(/\{\{\s*(\w+)/g)].map((m) => m[1]))].filter((h) => h !== 'state');
  return { inputs: [...holes.map((h) => need(h, 'any')), ...kind.inputs], outputs: kind.outputs };
}

const PLAIN = ['text', 'number', 'integer', 'boolean', 'json', 'messages', 'file', 'any'];
export const FITS = [];
for (const t of PLAIN) {
  FITS.push([t, t, null], [t, 'any', null], [t, `list[${t}]`, 'to_list']);
  if (t !== 'any' && t !== 'file') FITS.push(['any', t, null]);
  if (!['text', 'file', 'messages'].includes(t)) FITS.push([t, 'text', 'to_text']);
}
FITS.push(['text', 'messages', 'to_messages'], ['text', 'list[messages]', 'to_messages'], ['text', 'template', null], ['integer', 'number', null]);
