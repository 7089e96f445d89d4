"""The thin component that the page mounts, in the Vue that comes with NiceGUI."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

spec = find_spec("nicegui")
VUE = Path(spec.origin or "").parent / "static" / "vue.esm-browser.prod.js" if spec else Path()
PAGE = """<!doctype html><html><head><link rel="icon" href="data:,"><link rel="stylesheet" href="/static/theme.css">
<script type="importmap">{"imports": {"vue": "/vue.js", "weft-canvas": "/static/canvas/index.js"}}</script>
<script type="module">
  import { createApp, h, ref } from 'vue';
  import Shell from '/static/canvas/shell.js';
  const handlers = new Map(), heard = [], again = ref(0), there = ref(true);
  window.socket = { on: (name, f) => handlers.set(name, f), off: (name, f) => handlers.get(name) === f && handlers.delete(name) };
  createApp({
    setup: () => ({ again, there }),
    render() {
      return this.there ? h(Shell, { ref: 'shell', snapshotUrl: '/api/flows/x/document', 'data-again': this.again,
        style: 'height: 600px', onReady: (e) => heard.push(['ready', e]), onOps: (e) => heard.push(['ops', e.op_id, e.changes]) }) : null;
    },
    mounted() { window.shell = this.$refs.shell; },
  }).mount('#app');
  window.test = { heard, again, there, handlers };
</script></head><body><div id="app"></div></body></html>"""
FLOW = {"nodes": {"a": {"component": "text"}}, "layout": {"nodes": {"a": [0, 0]}}}


def test_it_mounts_once_forwards_both_ways_and_cleans_up(browser: Browser, address: str) -> None:
    page = browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.route("**/shell-page", lambda route: route.fulfill(body=PAGE, content_type="text/html"))
    page.route("**/vue.js", lambda route: route.fulfill(path=VUE, content_type="text/javascript"))
    snapshot = {"rev": 4, "slug": "x", "flow": FLOW}
    page.route("**/api/flows/x/document", lambda route: route.fulfill(json=snapshot))
    page.goto(f"{address}/shell-page")
    page.wait_for_function("() => window.test?.heard.length")
    assert page.evaluate("() => test.heard[0]") == ["ready", {"rev": 4}]
    page.evaluate("() => shell.command('add', {component: 'text'})")
    changes = page.evaluate("() => test.heard[1][2].map(c => [c.op, c.id])")
    assert changes[0] == ["add-node", "text"]
    canvas = page.evaluate_handle("() => document.querySelector('.weft-layer')")
    page.evaluate("async () => { test.again.value++; await new Promise(requestAnimationFrame); }")
    assert page.evaluate("old => document.querySelector('.weft-layer') === old", canvas)
    snapshot["rev"] = 9
    page.evaluate("() => { test.handlers.get('disconnect')(); test.handlers.get('connect')(); }")
    page.wait_for_function("() => shell.editor.protocol.rev === 9")
    assert page.evaluate("() => test.heard[2]") == page.evaluate("() => test.heard[1]"), "sent again"
    page.evaluate("async () => { test.there.value = false; await new Promise(requestAnimationFrame); }")
    assert page.evaluate("() => document.querySelectorAll('.weft-canvas').length") == 0
    assert page.evaluate("() => test.handlers.size") == 0
    page.close()
    assert errors == []
