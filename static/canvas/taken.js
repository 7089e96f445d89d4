/**
 * Which ways a run took: after it, ports that gave nothing and the edges from them stand back.
 *
 * @typedef {import('./edges.js').Edge} Edge
 */
import { outputMeant } from './rows.js';

/** Whether the run has passed by this output. @param {import('./status.js').StepView|undefined} step @param {string|null} port */
export function passedBy(step, port) {
  if (!step) return false;
  if (step.status === 'skipped') return true;
  return step.status === 'succeeded' && !!step.taken && !step.taken.includes(port);
}

/** Whether nothing went through this edge. @param {Edge} edge @param {import('./scene.js').Scene} scene */
export function isQuiet(edge, scene) {
  const { removed } = scene.ghosts;
  if (removed.size && removed.has(`${edge.ref}>${edge.port ? `${edge.node}.${edge.port}` : edge.node}`)) return true;
  const step = scene.steps.get(edge.source);
  if (!step || (step.status !== 'skipped' && !step.taken)) return false;
  if (edge.kind === 'after') return step.status === 'skipped';
  return passedBy(step, outputMeant(edge.sourcePort, scene.ports[edge.source], scene.typeOfInput(edge.node, edge.port)));
}
