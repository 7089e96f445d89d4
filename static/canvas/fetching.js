/** The document over HTTP. The page asks for it in its head already, so that it is on its way while modules load. */

/** @param {string} url @returns {Promise<any>} the snapshot, its ports spread */
export async function documentAt(url) {
  const asked = globalThis.weftDocument;
  delete globalThis.weftDocument; // as it was when the page was made: good for once
  const response = await (asked?.url === url ? asked.response : fetch(url, { headers: { accept: 'application/json' } }));
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return spread(await response.json());
}

/**
 * Ports come written once each: `ports` names the kind of each node, `kinds` the ports of a kind, `parts` are the ports.
 * Nodes that have the same ports get the same object, which nobody changes.
 */
export function spread(snapshot) {
  if (!snapshot.kinds) return snapshot;
  const { kinds, parts, ports, ...rest } = snapshot;
  const its = kinds.map(([inputs, outputs]) => ({ inputs: inputs.map((i) => parts[i]), outputs: outputs.map((i) => parts[i]) }));
  return { ...rest, ports: Object.fromEntries(Object.entries(ports).map(([id, kind]) => [id, its[kind]])) };
}
