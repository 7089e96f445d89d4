/**
 * Edges are drawn as plain curves, whatever lies in between: which of them pass behind cards they have nothing to do
 * with, and cards that make way for them. Pure.
 *
 * @typedef {import('./layering.js').Card} Card
 * @typedef {import('./layering.js').Line} Line
 * @typedef {Map<string, [number, number]>} Places
 */
import { curve, curveAt } from './geometry.js';

const SAMPLES = 16;
const ROOM = 6;
const CLEAR = 20;
const ROUNDS = 5;
const onGrid = (v, round) => round(v / 10) * 10;

/** @returns {{card: Card, low: number, high: number}[]} each card that hides an edge, with the heights it passes at */
export function hiddenEdges(cards, lines, layers, places) {
  const columns = columnsOf(cards, layers);
  const byId = new Map(cards.map((card) => [card.id, card]));
  const hidden = [];
  for (const { from, to, out, into } of lines) {
    if (layers.get(to) - layers.get(from) < 2) continue;
    const a = places.get(from), b = places.get(to);
    const c = curve({ x: a[0] + byId.get(from).w, y: a[1] + out }, { x: b[0], y: b[1] + into });
    for (let layer = layers.get(from) + 1; layer < layers.get(to); layer++) {
      for (const card of columns[layer] ?? []) {
        const heights = behind(c, card, places.get(card.id));
        if (heights.length) hidden.push({ card, low: Math.min(...heights), high: Math.max(...heights) });
      }
    }
  }
  return hidden;
}

function columnsOf(cards, layers) {
  const columns = [];
  for (const card of cards) (columns[layers.get(card.id)] ??= []).push(card);
  return columns;
}

function behind(c, { w, h }, [x, y]) {
  const found = [], over = [];
  for (let i = 1; i < SAMPLES; i++) {
    const p = curveAt(c, i / SAMPLES);
    if (p.x <= x || p.x >= x + w) continue;
    over.push(p.y);
    if (p.y > y - ROOM && p.y < y + h + ROOM) found.push(p.y);
  }
  return found.length ? over : found;
}

/** Cards move up or down past the edge they hide, and push the others of their column, where that hides fewer.
 *  @param {Places} places @returns {Places} */
export function unhide(cards, lines, layers, places, gap) {
  const columns = columnsOf(cards, layers);
  let now = places, hidden = hiddenEdges(cards, lines, layers, places);
  let best = now, least = hidden.length;
  for (let round = 0; round < ROUNDS && least; round++) {
    for (const { card, low, high } of hidden) {
      const y = now.get(card.id)[1];
      const ways = [onGrid(high + CLEAR - y, Math.ceil), onGrid(low - CLEAR - card.h - y, Math.floor)].sort((a, b) => Math.abs(a) - Math.abs(b));
      for (const by of ways) {
        const tried = pushed(columns[layers.get(card.id)], card, by, now, gap);
        const left = hiddenEdges(cards, lines, layers, tried);
        if (left.length > hidden.length) continue; // as many are let pass: the way down may lead over them
        now = tried;
        hidden = left;
        if (left.length < least) { best = tried; least = left.length; }
        break;
      }
    }
  }
  return best;
}

/** One card elsewhere, and those in its way moved on with it. */
function pushed(column, card, by, places, gap) {
  const moved = new Map(places);
  const [x, y] = moved.get(card.id);
  moved.set(card.id, [x, y + by]);
  const order = [...column].sort((a, b) => places.get(a.id)[1] - places.get(b.id)[1]);
  const at = order.indexOf(card);
  const run = by > 0 ? order.slice(at) : order.slice(0, at + 1).reverse();
  for (let i = 1; i < run.length; i++) {
    const [, before] = moved.get(run[i - 1].id), [px, py] = moved.get(run[i].id);
    const limit = by > 0 ? before + run[i - 1].h + gap : before - gap - run[i].h;
    moved.set(run[i].id, [px, by > 0 ? Math.max(py, onGrid(limit, Math.ceil)) : Math.min(py, onGrid(limit, Math.floor))]);
  }
  return moved;
}
