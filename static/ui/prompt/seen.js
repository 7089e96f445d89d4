/**
 * The messages a node will see, role by role, each piece in the colour of where it comes from. Draws what the server
 * made (`weft.workspace.foreseeing.preview`); every text goes in as a text node. The list of sources below a message
 * is the way by keyboard and for screen readers; a click on a piece of text is its shortcut.
 */

const LONGEST = 12_000; // characters of a piece that are drawn
const HUES = 6;
const LINKED = new Set(["node", "input", "state"]);

export const Seen = {
  props: { preview: { type: Object, default: null } },
  emits: ["jump"],
  data: () => ({ copied: "" }),
  computed: {
    messages() {
      const shown = this.preview?.messages?.length ? this.preview.messages : this.preview?.values ?? [];
      return shown.map((message, place) => ({ ...message, place, sources: this.sourcesOf(message) }));
    },
    hues() {
      const hues = new Map();
      for (const message of this.preview?.messages ?? []) this.colour(message, hues);
      for (const value of this.preview?.values ?? []) this.colour(value, hues);
      return hues;
    },
    figures() {
      const { tokens = 0, window: most, model } = this.preview ?? {};
      const share = most ? `, ${(100 * tokens / most).toFixed(tokens / most < 0.1 ? 1 : 0)} % of the ${most.toLocaleString("en")} it takes` : "";
      return `About ${tokens.toLocaleString("en")} tokens${model ? ` for ${model}` : ""}${share}`;
    },
    tooMuch() {
      return this.preview?.window && this.preview.tokens > this.preview.window;
    },
    schema() {
      return this.preview?.schema === undefined ? "" : JSON.stringify(this.preview.schema, null, 2);
    },
  },
  template: `
    <div class="w-seen">
      <p v-if="!preview" class="w-field-help">Looking…</p>
      <template v-else>
        <div v-if="preview.trouble" class="w-box w-box--error"><span class="w-icon w-icon--error" aria-hidden="true"></span>
          <div class="w-grow"><div>{{ preview.trouble }}</div><div v-if="preview.hint" class="w-box-hint">{{ preview.hint }}</div></div></div>
        <p v-if="preview.why" class="w-field-help">{{ preview.why }}</p>
        <p v-if="preview.remark" class="w-field-help">{{ preview.remark }}</p>
        <div v-if="messages.length" class="w-seen-head">
          <span class="w-badge w-grow" :class="{ 'w-seen-over': tooMuch }">{{ figures }}</span>
          <button type="button" class="w-button w-button--ghost w-button--small" @click="copy('text')">{{ copied === 'text' ? 'Copied' : 'Copy text' }}</button>
          <button type="button" class="w-button w-button--ghost w-button--small" @click="copy('JSON')">{{ copied === 'JSON' ? 'Copied' : 'Copy JSON' }}</button>
        </div>
        <section v-for="message in messages" :key="message.place" class="w-seen-message" :aria-label="message.role">
          <div class="w-seen-role"><span class="w-grow">{{ message.role }}</span><span class="w-badge">{{ message.tokens }} tokens</span></div>
          <p v-if="message.cut" class="w-field-help w-seen-cut">{{ sentence(message.cut) }}</p>
          <div class="w-seen-text"><span v-for="(span, index) in message.spans" :key="index" class="w-span" :class="look(span)"
            :data-kind="span.kind" :data-ref="span.ref" :title="told(span)" @click="go(span)">{{ short(span.text) }}</span></div>
          <ul v-if="message.sources.length" class="w-seen-sources" :aria-label="'Where the pieces of ' + message.role + ' come from'">
            <li v-for="source in message.sources" :key="source.key">
              <span class="w-swatch" :class="look(source)" aria-hidden="true"></span>
              <button v-if="linked(source)" type="button" class="w-seen-source" @click="go(source)">{{ source.title }}</button>
              <span v-else class="w-seen-own">{{ source.title }}</span>
              <span class="w-badge">{{ source.told ? source.told + ' · ' : '' }}{{ source.tokens }} tokens</span>
            </li>
          </ul>
        </section>
        <section v-if="preview.tools?.length" class="w-seen-message" aria-label="Tools">
          <div class="w-seen-role"><span class="w-grow">tools it may call</span></div>
          <details v-for="tool in preview.tools" :key="tool.name" class="w-seen-tool">
            <summary><span class="w-mono">{{ tool.name }}</span> <span class="w-badge">{{ tool.tokens }} tokens</span></summary>
            <p class="w-field-help">{{ tool.description }}</p>
            <pre class="w-seen-text" tabindex="0" :aria-label="'Arguments of ' + tool.name">{{ JSON.stringify(tool.parameters, null, 2) }}</pre>
          </details>
        </section>
        <section v-if="schema" class="w-seen-message" aria-label="Schema of the answer">
          <div class="w-seen-role"><span class="w-grow">schema of the answer</span></div>
          <p class="w-field-help">{{ preview.told_schema ? 'Sent to the model beside the messages; the answer is checked against it.' : 'Not sent: say in the prompt what to write. The answer is checked against it.' }}</p>
          <pre class="w-seen-text" tabindex="0" aria-label="The schema as JSON">{{ schema }}</pre>
        </section>
      </template>
    </div>
  `,
  methods: {
    colour(message, hues) {
      for (const span of message.spans) {
        const key = keyOf(span);
        if (LINKED.has(span.kind) && !hues.has(key)) hues.set(key, hues.size % HUES);
      }
    },
    sourcesOf(message) {
      const sources = new Map();
      for (const span of message.spans) {
        if (span.kind === "text") continue;
        const key = `${keyOf(span)}/${span.part ?? ""}`;
        const known = sources.get(key);
        if (known) known.tokens += span.tokens;
        else sources.set(key, { ...span, key });
      }
      return [...sources.values()];
    },
    look(span) {
      const hue = this.hues.get(keyOf(span));
      return [`w-span--${span.kind}`, hue === undefined ? "" : `w-span--hue${hue}`, { "w-span--missing": span.origin === "missing" }];
    },
    told: (span) => (span.kind === "text" ? "" : `${span.title}${span.told ? `: ${span.told}` : ""}`),
    sentence: (words) => `${words[0].toUpperCase()}${words.slice(1)}.`,
    linked: (span) => LINKED.has(span.kind),
    short: (text) => (text.length > LONGEST ? `${text.slice(0, LONGEST)}… and ${(text.length - LONGEST).toLocaleString("en")} more characters` : text),
    go(span) {
      if (this.linked(span) && !getSelection()?.toString()) this.$emit("jump", { kind: span.kind, ref: span.ref });
    },
    async copy(how) {
      const plain = this.messages.map(({ role, spans }) => ({ role, content: spans.map(({ text }) => text).join("") }));
      const text = how === "JSON" ? JSON.stringify(plain, null, 2) : plain.map(({ role, content }) => `${role}:\n${content}`).join("\n\n");
      await navigator.clipboard.writeText(text);
      this.copied = how;
      setTimeout(() => { this.copied = ""; }, 1500);
    },
  },
};

const keyOf = ({ kind, ref }) => `${kind}/${ref ?? ""}`;
