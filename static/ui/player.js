/**
 * The time of a past run: a slider over its seconds, by pointer and by keys, and a player. The server folds the run up
 * to the moment that is asked for; one question is on its way at a time, and only the newest wish is asked next.
 */
import { asking, duration } from "weft-view";

const SPEEDS = [1, 2, 4, 8, 16];
const FRAME = 100; // ms between two moments while it plays

export default {
  mixins: [asking],
  props: { total: Number, last: Number, ticks: Array, live: Boolean },
  data() {
    return { seq: 0, at: 0, label: "", status: "", playing: false, speed: 1, dragged: null };
  },
  computed: {
    span() { return Math.max(this.total || 0, 0.001); },
    share() { return Math.min(1, Math.max(0, (this.dragged ?? this.at) / this.span)); },
    said() { return `${this.time(this.dragged ?? this.at)} of ${this.time(this.total)}, event ${this.seq.toLocaleString("en")} of ${this.count}: ${this.label}`; },
    count() { return (this.last || 0).toLocaleString("en"); },
    atEnd() { return this.seq >= (this.last || 0); },
  },
  template: `
    <div class="w-player">
      <button type="button" class="w-button w-button--icon w-button--small" :aria-label="playing ? 'Pause' : 'Play'" :data-tip="playing ? 'Pause  Space' : 'Play  Space'" @click="toggle">
        <span class="w-icon" :class="playing ? 'w-icon--pause' : 'w-icon--play'"></span></button>
      <button type="button" class="w-button w-button--small w-button--ghost w-player-speed" :aria-label="'Speed ' + speed + ' times; press for the next'" data-tip="Speed  < >" @click="faster(1, true)">{{ speed }}×</button>
      <div ref="rail" class="w-rail" role="slider" tabindex="0" aria-label="Time of the run" aria-orientation="horizontal"
        aria-valuemin="0" :aria-valuemax="span.toFixed(3)" :aria-valuenow="at.toFixed(3)" :aria-valuetext="said"
        @keydown="keydown" @pointerdown="down" @pointermove="move" @pointerup="up" @pointercancel="up" @wheel.prevent="wheel">
        <div class="w-rail-ticks" aria-hidden="true"><i v-for="(tick, i) in ticks" :key="i" :class="'w-tick--' + tick"></i></div>
        <div class="w-rail-line" aria-hidden="true"><i :style="{ transform: 'scaleX(' + share + ')' }"></i></div>
        <div class="w-rail-knob" aria-hidden="true" :style="{ left: 100 * share + '%' }"></div>
      </div>
      <span class="w-player-time">{{ time(dragged ?? at) }}<span class="w-muted"> / {{ time(total) }}</span></span>
      <span class="w-player-words w-ellipsis" :title="label"><span class="w-muted">{{ seq.toLocaleString("en") }} of {{ count }}</span> {{ label }}</span>
      <span v-if="live" class="w-chip w-chip--running">goes on</span>
    </div>`,
  beforeUnmount() {
    clearInterval(this.clock);
  },
  methods: {
    time(seconds) { return duration(seconds ?? 0) || "0 s"; },
    moved(moment) {
      if (!moment || moment.seq === undefined) return;
      Object.assign(this, { seq: moment.seq, at: moment.at, label: moment.label, status: moment.status });
    },
    /** Ask for another moment; what is asked for while one is on its way is asked next, added up. */
    seek(wish) {
      if (this.busy) {
        this.next = wish.by && this.next?.by ? { by: this.next.by + wish.by } : wish;
        return;
      }
      this.busy = true;
      this.ask("seek", wish).then((moment) => this.moved(moment)).finally(() => {
        this.busy = false;
        const next = this.next;
        this.next = null;
        if (next) this.seek(next);
        else if (!this.held && !this.playing) this.dragged = null;
      });
    },
    place(event) {
      const box = this.$refs.rail.getBoundingClientRect();
      return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * this.span;
    },
    down(event) {
      if (event.button) return;
      this.pause();
      this.$refs.rail.setPointerCapture(event.pointerId);
      this.held = true;
      this.move(event);
    },
    move(event) {
      if (!this.held) return;
      this.dragged = this.place(event);
      this.seek({ at: this.dragged });
    },
    up() {
      this.held = false;
      if (!this.busy) this.dragged = null;
    },
    wheel(event) {
      this.pause();
      this.seek({ by: Math.sign(event.deltaY || event.deltaX) });
    },
    keydown(event) {
      const step = event.shiftKey ? 1 : 0;
      const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
      if (by && step) this.seek({ at: Math.min(this.span, Math.max(0, this.at + by)) });
      else if (by) this.seek({ by });
      else if (event.key === "PageUp" || event.key === "PageDown") this.seek({ at: this.at + (this.span / 10) * (event.key === "PageUp" ? 1 : -1) });
      else if (event.key === "Home") this.seek({ seq: 1 });
      else if (event.key === "End") this.seek({ seq: this.last });
      else if (event.key === " " || event.key === "k") { this.toggle(); event.preventDefault(); event.stopPropagation(); return; }
      else if (event.key === ">" || event.key === "<") this.faster(event.key === ">" ? 1 : -1);
      else return;
      this.pause();
      event.preventDefault();
      event.stopPropagation();
    },
    faster(by, round = false) {
      const at = SPEEDS.indexOf(this.speed) + by;
      this.speed = round ? SPEEDS[at % SPEEDS.length] : SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, at))];
    },
    toggle() {
      if (this.playing) return this.pause();
      this.playing = true;
      this.played = this.atEnd ? 0 : this.at;
      this.since = performance.now();
      this.clock = setInterval(() => this.tick(), FRAME);
    },
    tick() {
      const now = performance.now();
      this.played += ((now - this.since) / 1000) * this.speed;
      this.since = now;
      if (this.played >= this.span) { this.pause(); this.seek({ seq: this.last }); return; }
      this.dragged = this.played;
      this.seek({ at: this.played });
    },
    pause() {
      clearInterval(this.clock);
      this.playing = false;
      if (!this.busy && !this.held) this.dragged = null;
    },
  },
};
