/** The part of the editor that makes a picture of the scene: cards in the world, everything else on the layer below. */
import { CARD_ZOOM, SMALL_ZOOM } from './geometry.js';
import { Selecting } from './selecting.js';

const DASH_SPEED = 0.03;
const CARD_MARGIN = 160;

export class Picture extends Selecting {
  animating() {
    if (this.still.matches || document.hidden) return false;
    for (const step of this.scene.steps.values()) if (step.status === 'running') return true;
    return false;
  }

  /** The camera as drawn: on whole device pixels, so that text stays sharp and both layers agree. */
  shownCamera() {
    const { painter: { ratio }, camera } = this;
    return { x: Math.round(camera.x * ratio) / ratio, y: Math.round(camera.y * ratio) / ratio, k: camera.k };
  }

  layCards() {
    const { x, y, k } = this.shownCamera();
    this.stage.world.style.transform = `translate(${x}px, ${y}px) scale(${k})`;
    this.stage.world.classList.toggle('weft-small', k < SMALL_ZOOM);
    this.cards.sync(this.camera.view(CARD_MARGIN), k, this.keptCards(), this.selection);
    this.ghostCards.sync();
    this.goneCards.sync(this.camera.view(CARD_MARGIN), k >= CARD_ZOOM);
    this.drawnView.sync(this.selection);
  }

  /** The focused card stays, and so do dragged ones that had a card. */
  keptCards() {
    const kept = new Set();
    const focused = this.focused();
    if (focused) kept.add(focused);
    for (const id of this.scene.places.dragged.keys()) if (this.cards.has(id)) kept.add(id);
    return kept;
  }

  paint(now) {
    const shown = this.shownCamera();
    this.painter.paint({ ...shown, view: (margin) => this.camera.view(margin) }, this.scene, {
      selectedEdge: this.edge, hoveredEdge: this.hover.edge, hiddenEdge: this.wire?.moving?.key ?? null,
      selection: this.selection, hasCard: (id) => this.cards.has(id),
      dash: this.still.matches ? 0 : now * DASH_SPEED, faded: !!this.wire,
    });
  }
}
