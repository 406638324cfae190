"""Pictures come from one host, without credentials, or not at all."""

import logging
import socket

import pytest
import requests
from conftest import APP
from pictures import picture
from wire import AVATAR, Wire, cut, hang, reply, reset

from security_trace import covers
from twitter_api import Endpoints
from twitter_api.media import fetch_picture, picture_path

MEDIA = "https://pbs.twimg.com"
PATH = AVATAR.partition(" ")[2]


def fetch(base, url, seconds=2.0):
    return fetch_picture(Endpoints(media_base=base), url, seconds)


@pytest.mark.parametrize(
    ("base", "url", "path"),
    [
        (MEDIA, MEDIA + PATH, PATH),
        (MEDIA, "https://pbs.twimg.com:443" + PATH, PATH),
        (MEDIA, "https://PBS.twimg.com" + PATH, PATH),
        ("https://pbs.twimg.com:443", MEDIA + PATH, PATH),
        ("http://127.0.0.1:8070", "http://127.0.0.1:8070" + PATH, PATH),
        ("http://127.0.0.1", "http://127.0.0.1:80" + PATH, PATH),
        ("http://127.0.0.1:8070/media", "http://127.0.0.1:8070/media/a.png", "/a.png"),
        ("http://127.0.0.1:8070/media", "http://127.0.0.1:8070/other/a.png", ""),
        ("http://127.0.0.1:8070/media", "http://127.0.0.1:8070/media2/a.png", ""),
        (MEDIA, MEDIA + "/a/%C3%A1_(1),b;c=d@e!~$&'*+.jpg", None),
    ],
)
def test_a_picture_on_the_media_host_is_recognised(base, url, path):
    expected = url.removeprefix(base) if path is None else path
    assert picture_path(base, url) == expected


ELSEWHERE = [
    "",
    PATH,
    "//pbs.twimg.com" + PATH,
    "http://pbs.twimg.com" + PATH,
    "ftp://pbs.twimg.com" + PATH,
    "file:///etc/passwd",
    "data:image/png;base64,AAAA",
    "javascript:alert(1)",
    "https://abs.twimg.com" + PATH,
    "https://twimg.com" + PATH,
    "https://pbs.twimg.com.evil.example" + PATH,
    "https://evil.example/pbs.twimg.com" + PATH,
    "https://pbs.twimg.com@evil.example" + PATH,
    "https://evil.example@pbs.twimg.com" + PATH,
    "https://me:secret@pbs.twimg.com" + PATH,
    "https://pbs.twimg.com:8443" + PATH,
    "https://pbs.twimg.com:80" + PATH,
    "https://pbs.twimg.com:99999" + PATH,
    "https://pbs.twimg.com:x" + PATH,
    "https://[::1" + PATH,
    "https://pbs.twimg.com\\@evil.example" + PATH,
    "https://evil.example\\@pbs.twimg.com" + PATH,
    "https://pbs.twimg.com%2eevil.example" + PATH,
    "https://pbs.twimg.com\t.evil.example" + PATH,
    "https://pbs.twimg\n.com" + PATH,
    " https://pbs.twimg.com" + PATH,
    "https://pbs\u3002twimg\u3002com" + PATH,
    "https://pbs.twimg.com" + PATH + "?size=large",
    "https://pbs.twimg.com" + PATH + "#top",
    "https://pbs.twimg.com/a b",
    "https://pbs.twimg.com/a\r\nHost: evil.example",
    "https://pbs.twimg.com/\\evil.example",
    "https://pbs.twimg.com",
    "https://127.0.0.1" + PATH,
    "https://169.254.169.254/latest/meta-data/",
]


@pytest.mark.parametrize("url", ELSEWHERE)
@covers("T23")
def test_a_picture_elsewhere_is_none(url):
    assert picture_path(MEDIA, url) == ""


@pytest.mark.parametrize("url", ELSEWHERE)
@covers("R85", "T23")
def test_a_picture_elsewhere_is_not_fetched(url, monkeypatch):
    def fail(*args, **kwargs):
        raise AssertionError("asked for a name")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert fetch(MEDIA, url) == b""


def test_a_picture_is_fetched_and_drawn_anew(x):
    assert fetch(x.base, x.base + PATH).startswith(b"\x89PNG")


def test_pictures_of_the_two_kinds_are_asked_for(x):
    fetch(x.base, x.base + PATH)
    [request] = x.asked(AVATAR)
    assert request.headers["accept"] == "image/jpeg, image/png"


@covers("T23")
def test_the_request_for_a_picture_carries_no_credentials(x, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password s3cr3t\n")
    monkeypatch.setenv("NETRC", str(netrc))
    fetch(x.base, x.base + PATH)
    (request,) = x.asked(AVATAR)
    assert "authorization" not in request.headers and "cookie" not in request.headers
    assert APP.client_id not in str(request.headers)


@pytest.mark.parametrize(
    "script", [reply(404), reply(404, "<html>"), reply(410), reply(403)]
)
def test_a_picture_that_has_gone_is_none(x, script):
    x.script(AVATAR, script)
    assert fetch(x.base, x.base + PATH) == b""


@pytest.mark.parametrize(
    "script",
    [
        reply(500),
        reply(503, "Service Unavailable"),
        reply(429),
        reply(403, "<html>Ask your company</html>"),
        reply(401),
        reply(204),
        reply(206, picture("PNG")),
        reply(200, b""),
        reply(200, "<html>no picture</html>"),
        reply(200, picture("GIF")),
        reply(200, picture("PNG"), {"Content-Length": "9999999"}),
        reply(200, picture("PNG"), {"Content-Encoding": "br"}),
        cut(reply(200, picture("PNG"))[:-9]),
        reset(),
    ],
)
def test_a_picture_that_can_not_be_had_now_proves_nothing(x, script):
    x.script(AVATAR, script)
    assert fetch(x.base, x.base + PATH) is None


@covers("R85", "T23")
def test_a_redirect_of_the_media_host_is_not_followed(x):
    inside = Wire()
    inside.script("GET /inside", reply(200, picture("PNG")))
    x.script(AVATAR, reply(302, headers={"Location": inside.base + "/inside"}))
    assert fetch(x.base, x.base + PATH) is None
    inside.close()
    assert inside.requests == []


def test_a_picture_that_hangs_is_done_without(x):
    x.script(AVATAR, hang)
    assert fetch(x.base, x.base + PATH, 0.2) is None


def test_a_guard_that_lets_no_request_out_means_no_picture(x, monkeypatch):
    def refuse(*args, **kwargs):
        raise requests.ConnectionError("not from here")

    monkeypatch.setattr(requests.Session, "send", refuse)
    assert fetch(x.base, x.base + PATH) is None


def test_when_no_time_is_left_no_picture_is_asked_for(x):
    assert fetch(x.base, x.base + PATH, 0.0) is None
    assert x.requests == []


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "10.0.0.1"])
@covers("R116", "T23")
def test_a_media_host_that_resolves_into_the_own_network_is_refused(
    wire, monkeypatch, address
):
    def resolve(host, port, *args, **kwargs):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, wire.port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert fetch(MEDIA, MEDIA + PATH) is None
    assert wire.connections == 0


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (reply(404), "status 404"),
        (reply(200, "<html>Ana</html>"), "ValueError"),
        (cut(), "XUnreachable"),
    ],
)
def test_what_is_logged_of_a_missing_picture_names_nobody(x, caplog, script, words):
    caplog.set_level(logging.INFO)
    x.script(AVATAR, script)
    fetch(x.base, x.base + PATH)
    assert [record.getMessage() for record in caplog.records] == [
        f"No picture: {words}"
    ]
