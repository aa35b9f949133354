"""The only way out: no other host, no address inside our network, no cookie, no end of bytes."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme

from quickdemo.hub import outbound
from quickdemo.hub.errors import HubError
from quickdemo.hub.outbound import Outbound, body_of

WHAT = "the Space acme/cats"


class Hostile(BaseHTTPRequestHandler):
    """Answers by its path; `asked` is what came."""

    asked: list[tuple[str, dict[str, str]]] = []

    def do_GET(self) -> None:
        self.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        path, _, rest = self.path.partition("?")
        if path == "/to":
            self._head(302, location=rest)
        elif path == "/loop":
            self._head(307, location="/loop")
        elif path == "/large":
            self._head(200, **{"content-length": "1000000000"})
        elif path == "/endless":
            self._head(200, connection="close")
            self._pour()
        elif path == "/breaks":
            self._head(200, **{"content-length": "100"})
            self.wfile.write(b"{")
        else:
            said = b"[" * 100_000 if path == "/deep" else b"<html>" if path == "/page" else b'{"ok": true}'
            self._head(404 if path == "/missing" else 200, **{"content-length": str(len(said))})
            self.wfile.write(said)

    do_POST = do_GET

    def _pour(self) -> None:
        try:
            while True:
                self.wfile.write(b"x" * 65536)
        except OSError:
            self.close_connection = True

    def _head(self, status: int, **headers: str) -> None:
        self.send_response(status)
        self.send_header("set-cookie", "spy=1; Path=/")
        for name, value in headers.items():
            self.send_header(name, value)
        if status in (302, 307):
            self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    Hostile.asked = []
    made = ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
    made.daemon_threads = True
    thread = threading.Thread(target=made.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{made.server_address[1]}"
    made.shutdown()
    made.server_close()
    thread.join()


@pytest.fixture
def out(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outbound]:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    made = Outbound(server, lambda url: {"authorization": "Bearer hf_x"}, is_ours=True)
    yield made
    made.close()


def refused(call: Callable[[], Any]) -> HubError:
    with pytest.raises(HubError) as raised:
        call()
    return raised.value


def test_json_comes_back(out: Outbound, server: str) -> None:
    assert out.json("GET", f"{server}/", what=WHAT) == {"ok": True}


def test_a_redirect_on_the_same_host_is_followed(out: Outbound, server: str) -> None:
    assert out.json("GET", f"{server}/to?/there", what=WHAT) == {"ok": True}
    assert [path for path, _ in Hostile.asked] == ["/to?/there", "/there"]


@pytest.mark.parametrize("to", [
    "https://evil.example/", "http://169.254.169.254/latest/meta-data", "//evil.example/x", "http://localhost:1/",
    "file:///etc/passwd", "http://127.0.0.1:1/", "ftp://127.0.0.1/", "http://user@127.0.0.1:1/",
])  # fmt: skip
def test_a_redirect_elsewhere_is_refused(out: Outbound, server: str, to: str) -> None:
    error = refused(lambda: out.json("GET", f"{server}/to?{to}", what=WHAT))

    assert error.kind == "hostile"
    assert "which is refused" in error.message and error.message.startswith(WHAT)
    assert len(Hostile.asked) == 1


@pytest.mark.parametrize("to", [
    "http://evil.example/", "http://127.0.0.1:1/", "https://127.0.0.1:1/", "https://169.254.169.254/",
    "https://localhost:1/", "file:///etc/passwd", "https://10.0.0.1@192.168.0.1/",
])  # fmt: skip
def test_a_redirect_that_may_lead_on_leads_nowhere_inside_the_network(out: Outbound, server: str, to: str) -> None:
    error = refused(lambda: out.request("GET", f"{server}/to?{to}", what=WHAT, leads_on=True))

    assert error.kind == "hostile" and len(Hostile.asked) == 1


def test_redirects_without_an_end_are_refused(out: Outbound, server: str) -> None:
    assert refused(lambda: out.json("GET", f"{server}/loop", what=WHAT)).message == f"{WHAT} redirects without an end."
    assert len(Hostile.asked) == 4


def test_what_is_posted_is_never_sent_on(out: Outbound, server: str) -> None:
    with out.request("POST", f"{server}/to?/there", what=WHAT, json={"secret": 1}) as answer:
        assert answer.status_code == 302
    assert len(Hostile.asked) == 1


def test_another_host_is_refused_before_anything_is_asked(out: Outbound) -> None:
    assert refused(lambda: out.json("GET", "https://evil.example/", what=WHAT)).kind == "hostile"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "10.0.0.1", "192.168.1.1", "169.254.169.254", "[::1]", "0.0.0.0"]
)
def test_an_address_inside_the_network_is_for_the_user_alone(out: Outbound, host: str) -> None:
    named = Outbound(f"https://{host}")

    error = refused(lambda: named.json("GET", f"https://{host}/", what=WHAT))

    assert error.kind == "hostile" and "inside this network" in error.message


class Names:
    """In place of the resolver: what a name's answers are, one after the other; the last one stays."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.asked = list(answers), []

    def __call__(self, host: str, port: Any, *args: Any, **options: Any) -> Any:
        self.asked.append(host)
        literal = host.replace(".", "").isdigit()
        address = host if literal else self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port or 0))]


@pytest.mark.parametrize("web", [True, False])
def test_a_name_that_leads_inside_when_it_is_asked_again_is_not_followed(
    web: bool, out: Outbound, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Names("93.184.215.14", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as inside:
        inside.setblocking(False)
        host = f"rebinds.example:{inside.getsockname()[1]}"
        monkeypatch.setattr(socket, "getaddrinfo", names)

        if web:
            error = refused(lambda: Outbound(f"https://{host}").addresses(WHAT))
        else:
            error = refused(lambda: Outbound(f"https://{host}").json("GET", f"https://{host}/", what=WHAT))

        assert error.kind == "hostile" and "inside this network" in error.message
        with pytest.raises(BlockingIOError):
            inside.accept()


def test_the_address_that_was_checked_is_the_one_that_is_asked(out: Outbound, monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names("93.184.215.14", "93.184.215.14", "127.0.0.1")
    monkeypatch.setattr(socket, "getaddrinfo", names)
    monkeypatch.setattr(outbound, "CONNECT_S", 0.1)

    refused(lambda: Outbound("https://rebinds.example").json("GET", "https://rebinds.example/", what=WHAT))

    assert names.asked == ["rebinds.example", "rebinds.example", "93.184.215.14"]


def test_a_certificate_is_that_of_the_name(tmp_path: Path, out: Outbound, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "outside", lambda host, what: ["127.0.0.1"])
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("cats.example").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    made = ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
    made.socket = context.wrap_socket(made.socket, server_side=True)
    thread = threading.Thread(target=made.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        for host, found in (("cats.example", {"ok": True}), ("dogs.example", "network")):
            url = f"https://{host}:{made.server_address[1]}"
            named = Outbound(url)
            try:
                assert named.json("GET", f"{url}/", what=WHAT) == found
            except HubError as error:
                assert error.kind == found
            finally:
                named.close()
    finally:
        made.shutdown()
        made.server_close()
        thread.join()


def test_what_the_hub_names_is_asked_over_tls(out: Outbound, server: str) -> None:
    named = Outbound(server)

    assert "which is not https" in refused(lambda: named.json("GET", f"{server}/", what=WHAT)).message
    assert Hostile.asked == []


@pytest.mark.parametrize("host", ["10.0.0.1\\@example.com", "me@example.com", "10.0.0.1%2f@example.com", "a b"])
def test_a_host_that_could_be_read_in_two_ways_is_refused(out: Outbound, host: str) -> None:
    named = Outbound(f"https://{host}")

    assert "is no plain host" in refused(lambda: named.json("GET", f"https://{host}/", what=WHAT)).message


def test_a_proxy_for_other_addresses_does_not_stand_in_for_the_check(
    out: Outbound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    named = Outbound("https://10.0.0.1")

    assert refused(lambda: named.json("GET", "https://10.0.0.1/", what=WHAT)).kind == "hostile"


def test_an_answer_that_says_it_is_huge_is_not_read(out: Outbound, server: str) -> None:
    error = refused(lambda: out.json("GET", f"{server}/large", what=WHAT, most_bytes=1_000_000))

    assert (error.kind, error.message) == ("too_large", f"{WHAT} sends more than the 1 MB that are taken here.")


def test_an_answer_without_an_end_is_cut(out: Outbound, server: str) -> None:
    assert refused(lambda: out.json("GET", f"{server}/endless", what=WHAT, most_bytes=1_000_000)).kind == "too_large"


def test_an_answer_that_breaks_off(out: Outbound, server: str) -> None:
    assert refused(lambda: out.json("GET", f"{server}/breaks", what=WHAT)).message == f"The answer of {WHAT} broke off."


@pytest.mark.parametrize("path", ["/page", "/deep"])
def test_what_is_no_json_is_said_to_be_none(out: Outbound, server: str, path: str) -> None:
    assert "something that is no JSON" in refused(lambda: out.json("GET", server + path, what=WHAT)).message


def test_other_statuses_are_left_to_who_asks(out: Outbound, server: str) -> None:
    with pytest.raises(requests.HTTPError) as raised:
        out.json("GET", f"{server}/missing", what=WHAT)
    assert raised.value.response.status_code == 404
    assert raised.value.response.json() == {"ok": True}


def test_no_cookie_is_taken_or_sent(out: Outbound, server: str) -> None:
    out.json("GET", f"{server}/", what=WHAT)
    out.json("GET", f"{server}/to?/there", what=WHAT)

    assert [headers.get("cookie") for _, headers in Hostile.asked] == [None, None, None]


def test_a_password_in_netrc_is_not_used(
    out: Outbound, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1\nlogin me\npassword secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))

    out.json("GET", f"{server}/", what=WHAT)

    assert Hostile.asked[0][1]["authorization"] == "Bearer hf_x"


def test_offline_asks_nobody(out: Outbound, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_HUB_OFFLINE", "QUICKDEMO_OFFLINE"):
        with monkeypatch.context() as patch:
            patch.setenv(name, "1")
            assert refused(lambda: out.json("GET", f"{server}/", what=WHAT)).kind == "offline"
    assert Hostile.asked == []


def test_a_host_that_is_not_there_is_told_at_once(out: Outbound) -> None:
    nobody = Outbound("http://127.0.0.1:9", is_ours=True)

    error = refused(lambda: nobody.json("GET", "http://127.0.0.1:9/", what=WHAT))

    assert (error.kind, error.message) == ("network", f"{WHAT} cannot be reached from this machine.")


def test_the_bytes_of_a_file_may_be_read_too(out: Outbound, server: str) -> None:
    with out.request("GET", f"{server}/", what=WHAT) as answer:
        assert body_of(answer, WHAT, 100) == b'{"ok": true}'
