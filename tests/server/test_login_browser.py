"""The login in a real browser: what its rules about origins, referrers and cookies do to the form."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from playwright.sync_api import Browser
from tests.server.live import Live, live_server

from weft.workspace import Workspace

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live_server(Workspace.open(tmp_path_factory.mktemp("workspace"))) as live:
        yield live


def test_the_link_logs_in_by_itself(live: Live, browser: Browser) -> None:
    page = browser.new_context().new_page()
    page.goto(live.login_url("/api/openapi.json"))
    page.wait_for_url("**/api/openapi.json")
    assert '"openapi"' in page.content()
    page.context.close()


def test_without_scripts_the_button_does_it(live: Live, browser: Browser) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(live.login_url("/api/openapi.json"))
    page.get_by_role("button", name="Open Weft").click()
    page.wait_for_url("**/api/openapi.json")
    page.context.close()


def test_a_link_from_another_site_needs_one_more_click(live: Live, browser: Browser) -> None:
    """SameSite=Strict holds the cookie back after a click elsewhere; the login page then offers the way in."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(live.login_url("/api/openapi.json"))
    page.wait_for_url("**/api/openapi.json")
    page.route("http://elsewhere.test/", lambda route: route.fulfill(
        content_type="text/html", body=f'<a href="{live.base_url}/nothing">Weft</a>'))  # fmt: skip
    page.goto("http://elsewhere.test/")
    page.get_by_role("link").click()
    page.wait_for_url("**/login?next=/nothing")
    page.get_by_role("link", name="I am logged in already").click()
    page.wait_for_url("**/nothing")
    assert "There is no such page" in page.content()
    context.close()


def test_a_foreign_page_can_neither_read_nor_act_nor_listen(live: Live, browser: Browser) -> None:
    context = browser.new_context()
    context.add_cookies([{"name": n, "value": v, "url": live.base_url} for n, v in live.cookies().items()])
    page = context.new_page()
    page.route(
        "http://elsewhere.test/", lambda route: route.fulfill(content_type="text/html", body="<p>hi</p>")
    )
    page.goto("http://elsewhere.test/")
    tried = page.evaluate(
        """async (base) => {
            const said = [];
            for (const [url, options] of [
                ["/api/flows", {credentials: "include"}],
                ["/api/flows", {credentials: "include", mode: "no-cors"}],
                ["/api/runs", {credentials: "include", method: "POST", mode: "no-cors", body: "{}"}],
            ]) {
                try { const answer = await fetch(base + url, options); said.push(answer.type + answer.status); }
                catch (error) { said.push(error.name); }
            }
            said.push(await new Promise((done) => {
                const socket = new WebSocket(base.replace("http", "ws") + "/_nicegui_ws/socket.io/?EIO=4&transport=websocket");
                socket.onopen = () => done("open");
                socket.onerror = () => done("refused");
            }));
            said.push(await new Promise((done) => {
                const frame = document.createElement("iframe");
                frame.onload = () => { try { done(frame.contentDocument ? "empty" : "blocked"); } catch { done("blocked"); } };
                frame.src = base + "/login";
                document.body.append(frame);
            }));
            return said;
        }""",
        live.base_url,
    )
    assert tried[-2:] == ["refused", "blocked"]
    assert not [answer for answer in tried if answer.endswith(("200", "201"))]
    context.close()


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """Another site, and what it is asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


def test_the_policy_keeps_a_page_from_sending_anything_elsewhere(
    live: Live, browser: Browser, elsewhere: tuple[str, list[str]]
) -> None:
    site, asked = elsewhere
    page = browser.new_context().new_page()
    page.goto(live.base_url + "/login")
    page.evaluate(
        """async (site) => {
            const blocked = new Promise((done) => addEventListener("securitypolicyviolation", (event) =>
                event.effectiveDirective === "form-action" && done()));
            new Image().src = site + "/image";
            for (const send of [() => fetch(site + "/fetch"), () => navigator.sendBeacon(site + "/beacon"),
                                () => new WebSocket(site.replace("http", "ws") + "/socket")]) {
                try { await send(); } catch { }
            }
            const link = document.createElement("link");
            link.rel = "stylesheet"; link.href = site + "/style";
            const frame = document.createElement("iframe");
            frame.src = site + "/frame";
            const form = document.createElement("form");
            form.action = site + "/form";
            document.body.append(link, frame, form);
            form.submit();
            await blocked;
        }""",
        site,
    )
    assert asked == []
    assert httpx.get(site + "/seen").status_code == 204
    assert asked == ["/seen"]
    page.context.close()
