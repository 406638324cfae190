"""A whole answer in time, or none: the adapter against everything that drags on."""

import gzip
import logging
import os
import random
import socket
import threading
import time
import tracemalloc

import pytest
import requests
from requests.exceptions import InvalidProxyURL, ProxyError, ReadTimeout
from wire import cut, drip, endless, hang, reply, reset, stall

from security_trace import covers
from twitter_api import transport
from twitter_api.transport import BrokenAnswer, Deadline, GuardedAdapter, is_public

LIMIT = 256 * 1024
KEY = "GET /"


class Caller:
    """One adapter, as the client uses it."""

    def __init__(self, base, **options):
        self.base = base
        self.adapter = GuardedAdapter(base, LIMIT, **options)
        self.session = requests.Session()
        self.session.mount("https://", self.adapter)
        self.session.mount("http://", self.adapter)
        self.seconds = 0.0

    def get(self, seconds=10.0):
        self.adapter.deadline = Deadline(seconds)
        started = time.monotonic()
        try:
            return self.session.get(self.base + "/")
        finally:
            self.seconds = time.monotonic() - started


@pytest.fixture
def caller(wire):
    made = Caller(wire.base)
    yield made
    made.session.close()


def broken(caller, seconds=10.0):
    with pytest.raises(BrokenAnswer) as caught:
        caller.get(seconds)
    return caught.value


def test_a_whole_answer_is_handed_over(wire, caller):
    wire.script(KEY, reply(201, {"a": 1}))
    answer = caller.get()
    assert (answer.status_code, answer.json()) == (201, {"a": 1})


def test_a_chunked_answer_is_put_together(wire, caller):
    head = reply(headers={"Content-Length": None, "Transfer-Encoding": "chunked"})
    wire.script(KEY, head + b"3\r\n{}\n\r\n5;x=y\r\n12345\r\n0\r\nA: b\r\n\r\n")
    assert caller.get().content == b"{}\n12345"


def test_an_answer_of_unknown_length_ends_with_the_connection(wire, caller):
    wire.script(KEY, cut(reply(body=b"all of it", headers={"Content-Length": None})))
    assert caller.get().content == b"all of it"


def test_of_unknown_length_one_byte_is_enough(wire, caller):
    wire.script(KEY, cut(reply(200, b"1", {"Content-Length": None})))
    assert caller.get().content == b"1"


def test_an_empty_answer_is_an_answer(wire, caller):
    wire.script(KEY, reply(204, headers={"Content-Length": None}))
    assert caller.get().content == b""


def test_the_connection_is_used_again(wire, caller):
    wire.script(KEY, reply(body=b"a" * 40_000))
    for _ in range(3):
        assert len(caller.get().content) == 40_000
    assert wire.connections == 1


def test_a_connection_that_the_server_closed_is_made_anew(wire, caller):
    wire.script(KEY, reply(headers={"Connection": "close"}))
    caller.get()
    assert caller.get().status_code == 200


def test_an_answer_as_large_as_the_cap_is_taken(wire, caller):
    wire.script(KEY, reply(body=b"a" * LIMIT))
    assert len(caller.get().content) == LIMIT


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", " GZip"])
def test_a_gzipped_answer_is_unpacked(wire, caller, coding):
    packed = gzip.compress(b"{}")
    wire.script(KEY, reply(body=packed, headers={"Content-Encoding": coding}))
    assert caller.get().json() == {}


def test_the_cap_counts_what_was_unpacked(wire, caller):
    headers = {"Content-Encoding": "gzip"}
    whole, more = (gzip.compress(bytes(LIMIT + extra)) for extra in (0, 1))
    wire.script(KEY, reply(body=whole, headers=headers), reply(200, more, headers))
    assert len(caller.get().content) == LIMIT
    assert broken(caller).refused


def test_identity_is_no_coding(wire, caller):
    wire.script(KEY, reply(body=b"{}", headers={"Content-Encoding": " Identity"}))
    assert caller.get().json() == {}


# time


@pytest.mark.parametrize(
    "script",
    [
        hang,
        stall(b"HTTP/1.1 200 OK\r\n"),
        stall(reply(headers={"Content-Length": "10"}) + b"12345"),
        drip(reply(body=b"{}"), 0.05),
        drip(reply(headers={"Content-Length": "100"}) + b"1" * 100, 0.05, at_once=80),
        stall(reply(headers={"Content-Length": None})),
        drip(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 90, 0.01),
        endless(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=[
        "silence",
        "half headers",
        "half a body",
        "a byte at a time",
        "a body a byte at a time",
        "no body",
        "headers a byte at a time",
        "100 Continue for ever",
    ],
)
@covers("T32", "F8")
def test_at_the_deadline_the_line_is_cut(wire, caller, script):
    wire.script(KEY, script)
    assert not broken(caller, 0.2).refused
    assert 0.15 < caller.seconds < 1.3


@covers("F8")
def test_chunks_that_drip_are_cut_at_the_deadline(wire, caller):
    head = reply(headers={"Content-Length": None, "Transfer-Encoding": "chunked"})
    wire.script(KEY, drip(head + b"1\r\na\r\n" * 100, 0.02, at_once=len(head)))
    broken(caller, 0.2)
    assert caller.seconds < 1.3


@covers("R99")
def test_silence_ends_with_the_read_timeout_before_the_deadline(
    wire, caller, monkeypatch
):
    monkeypatch.setattr(transport, "READ_SECONDS", 0.2)
    wire.script(KEY, hang)
    broken(caller, 5.0)
    assert caller.seconds < 2.5


@covers("R99", "F1")
def test_a_server_that_never_accepts_costs_the_connect_timeout(
    full_backlog, monkeypatch
):
    monkeypatch.setattr(transport, "CONNECT_SECONDS", 0.3)
    caller = Caller("http://{}:{}".format(*full_backlog))
    broken(caller, 5.0)
    assert 0.2 < caller.seconds < 2.5


@covers("F1")
def test_many_dead_addresses_cost_no_more_than_one(full_backlog, monkeypatch):
    monkeypatch.setattr(transport, "CONNECT_SECONDS", 0.4)
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", full_backlog)] * 8
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)
    caller = Caller("http://localhost:1")
    broken(caller, 5.0)
    assert caller.seconds < 2.5


def test_after_a_dead_address_the_next_one_is_tried(wire, full_backlog, monkeypatch):
    monkeypatch.setattr(transport, "CONNECT_SECONDS", 0.4)
    wire.script(KEY, reply())
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", full_backlog),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", wire.port)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)
    assert Caller("http://localhost:1").get().status_code == 200


@pytest.fixture
def tried(monkeypatch):
    """Every address that is tried, with the seconds given to it; all refuse."""
    addresses = {}

    def connect(sock, address):
        addresses.setdefault(address, []).append(sock.gettimeout())
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    return addresses


def test_of_each_family_two_addresses_are_tried_each_for_its_share(monkeypatch, tried):
    found = [
        (family, socket.SOCK_STREAM, 6, "", (host, 443))
        for family, host in [(socket.AF_INET6, "::1"), (socket.AF_INET, "127.0.0.1")]
        for _ in range(4)
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)
    broken(Caller("https://localhost"))
    assert tried == {
        ("::1", 443): pytest.approx([3 / 4, 3 / 3], rel=0.2),
        ("127.0.0.1", 443): pytest.approx([3 / 2, 3 / 1], rel=0.2),
    }


def test_the_last_address_has_a_moment_though_the_time_is_up(monkeypatch, tried):
    monkeypatch.setattr(transport, "CONNECT_SECONDS", 0.001)
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)
    broken(Caller("https://localhost"))
    assert tried == {("127.0.0.1", 443): [0.01]}


def test_a_deadline_that_has_passed_sends_nothing(wire, caller):
    broken(caller, 0.0)
    assert wire.connections == 0


def test_a_deadline_that_passes_while_connecting_leaves_no_connection(
    wire, caller, monkeypatch
):
    slow = transport._connect

    def connect(*args):
        sock = slow(*args)
        caller.adapter.watch._ring()
        return sock

    monkeypatch.setattr(transport, "_connect", connect)
    wire.script(KEY, reply())
    broken(caller)
    assert wire.requests == []


def test_a_cut_does_not_reach_the_next_request(wire, caller):
    wire.script(KEY, hang, reply(body=b"{}"))
    broken(caller, 0.5)
    assert caller.get().json() == {}


def test_an_answer_that_ends_at_the_cut_is_not_taken_for_whole(wire, caller):
    wire.script(KEY, stall(reply(body=b"{}", headers={"Content-Length": None})))
    assert broken(caller, 0.6).received == b"{}"


# size


@covers("T32", "F8")
def test_an_endless_answer_is_given_up_at_the_cap(wire, caller):
    wire.script(KEY, endless(reply(headers={"Content-Length": None})))
    assert broken(caller).refused
    assert caller.seconds < 2.5


@covers("T32", "F8")
def test_a_gigabyte_announced_is_refused_at_once(wire, caller):
    wire.script(KEY, stall(reply(headers={"Content-Length": str(1 << 30)}) + b"x"))
    assert broken(caller).refused
    assert caller.seconds < 2.5


def test_one_byte_more_than_the_cap_is_refused(wire, caller):
    wire.script(KEY, reply(body=b"a" * (LIMIT + 1)))
    assert broken(caller).refused


@covers("T32", "F8")
def test_a_gzip_bomb_is_held_to_the_cap(wire, caller):
    bomb = gzip.compress(bytes(64 << 20))
    wire.script(KEY, reply(body=bomb, headers={"Content-Encoding": "gzip"}))
    tracemalloc.start()
    refused = broken(caller).refused
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refused
    assert peak < 4 << 20


def test_a_redirect_with_an_endless_body_is_given_up_too(wire, caller):
    head = reply(302, headers={"Content-Length": None, "Location": "/elsewhere"})
    wire.script(KEY, endless(head))
    assert broken(caller).refused


@covers("F8")
def test_a_header_of_100_kilobytes_is_refused(wire, caller):
    wire.script(KEY, reply(headers={"X-Long": "a" * 100_000}))
    broken(caller)


def test_a_thousand_headers_are_refused(wire, caller):
    wire.script(KEY, reply(headers={f"X-{place}": "a" for place in range(1000)}))
    broken(caller)


def test_an_unknown_text_coding_is_not_guessed_at(wire, caller):
    noise = random.Random(7).randbytes(LIMIT)
    wire.script(KEY, reply(body=noise, headers={"Content-Type": "text/x"}))
    answer = caller.get()
    started = time.process_time()
    assert answer.text
    assert time.process_time() - started < 0.2


# cuts


@pytest.mark.parametrize(
    "script",
    [
        cut(),
        reset(),
        cut(b"HTTP/1.1 200"),
        cut(b"HTTP/1.1 200 OK\r\nContent-Ty"),
        cut(b"no HTTP at all\r\n\r\n"),
        cut(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
        cut(b"HTTP/9.9 200 OK\r\n\r\n"),
        cut(b"HTTP/1.1 abc OK\r\n\r\n"),
        cut(reply(headers={"Content-Length": "10"}) + b"12345"),
        reset(reply(headers={"Content-Length": "10"}) + b"12345"),
        cut(
            reply(headers={"Content-Length": None, "Transfer-Encoding": "chunked"})
            + b"a\r\n12345"
        ),
        cut(
            reply(headers={"Content-Length": None, "Transfer-Encoding": "chunked"})
            + b"zz\r\n12345"
        ),
        cut(
            reply(headers={"Content-Length": None, "Transfer-Encoding": "chunked"})
            + b"5\r\n12345\r\n"
        ),
    ],
)
@covers("F8")
def test_what_is_no_whole_answer_is_none(wire, caller, script):
    wire.script(KEY, script)
    assert not broken(caller).refused


def test_nobody_listening_is_no_answer():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    broken(Caller(f"http://127.0.0.1:{port}"))


@covers("F5")
def test_a_name_that_does_not_resolve_is_no_answer(monkeypatch):
    def fail(*args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    broken(Caller("https://api.x.invalid"))


def test_a_name_without_addresses_is_no_answer(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: [])
    broken(Caller("https://api.x.invalid"))


def test_a_name_that_can_not_be_asked_for_is_no_answer():
    broken(Caller("https://" + "a" * 64 + ".example"))


@pytest.mark.parametrize("coding", ["br", "deflate", "gzip, gzip", "zstd"])
def test_a_coding_that_nobody_asked_for_is_refused(wire, caller, coding):
    wire.script(KEY, reply(body=b"{}", headers={"Content-Encoding": coding}))
    assert broken(caller).refused


@pytest.mark.parametrize("body", [b"{}", b"", gzip.compress(b"{}")[:-4]])
def test_broken_gzip_is_refused(wire, caller, body):
    wire.script(KEY, reply(body=body, headers={"Content-Encoding": "gzip"}))
    assert broken(caller).refused


# what had come


def test_what_had_come_is_told_so_that_a_token_can_be_found(wire, caller):
    wire.script(KEY, stall(reply(headers={"Content-Length": "10"}) + b"12345"))
    assert broken(caller, 0.6).received == b"12345"


def test_what_had_come_in_chunks_is_told(wire, caller):
    head = reply(headers={"Content-Length": None, "Transfer-Encoding": "chunked"})
    wire.script(KEY, cut(head + b"5\r\n12345\r\n9\r\n678"))
    assert broken(caller).received == b"12345678"


def test_what_had_come_is_unpacked(wire, caller):
    packed = gzip.compress(b"12345")
    head = reply(headers={"Content-Encoding": "gzip", "Content-Length": "100"})
    wire.script(KEY, cut(head + packed))
    assert broken(caller).received == b"12345"


def test_what_had_come_of_a_packed_answer_without_its_end_is_told(wire, caller):
    packed = gzip.compress(b"a token")[:-8]
    wire.script(KEY, reply(200, packed, {"Content-Encoding": "gzip"}))
    assert broken(caller).received == b"a token"


def test_what_had_come_is_not_shown(wire, caller):
    wire.script(KEY, cut(reply(headers={"Content-Length": "10"}) + b"12345"))
    problem = broken(caller)
    assert "12345" not in f"{problem} {problem!r}"
    assert problem.__context__ is None


# redirects, proxies, addresses


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(wire, caller, status):
    wire.script(KEY, reply(status, headers={"Location": "/elsewhere"}))
    wire.script("GET /elsewhere", reply())
    assert caller.get().status_code == status
    assert wire.count("GET /elsewhere") == 0


@pytest.mark.parametrize("place", ["http://[", "//\x7f", "https://\ud7ff..x/", "a:b"])
def test_a_redirect_to_nowhere_does_no_harm(wire, caller, place):
    location = place.encode("utf-8").decode("latin-1")
    wire.script(KEY, reply(302, headers={"Location": location}))
    assert caller.get().status_code == 302


def test_loopback_is_reached_without_a_proxy(wire, caller, monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    wire.script(KEY, reply())
    assert caller.get().status_code == 200


def test_a_socks_proxy_is_refused_as_it_can_not_be_watched(monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks5h://127.0.0.1:1")
    broken(Caller("https://api.x.invalid"))


def sent_by_requests(monkeypatch, failure, **settings):
    """Let requests' own adapter fail; return what it was given, and what we say."""
    seen = {}

    def send(self, request, stream, timeout, verify, *rest):
        seen["verify"] = verify
        raise failure

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send)
    caller = Caller("https://api.x.com")
    caller.adapter.deadline = Deadline(1)
    request = requests.Request("GET", caller.base).prepare()
    with pytest.raises(BrokenAnswer) as caught:
        caller.adapter.send(request, **settings)
    return seen, caught.value


@pytest.mark.parametrize("verify", ["", None, False])
def test_no_setting_switches_the_check_of_certificates_off(monkeypatch, verify):
    seen, _problem = sent_by_requests(monkeypatch, OSError(), verify=verify)
    assert seen == {"verify": True}


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (ProxyError(), "the proxy refused or did not answer"),
        (ReadTimeout(), "no whole answer in time"),
        (TimeoutError(), "no whole answer in time"),
        (OSError(), "connection broken"),
    ],
    ids=repr,
)
def test_a_failure_of_requests_is_told_in_words_of_our_own(
    monkeypatch, failure, reason
):
    assert sent_by_requests(monkeypatch, failure)[1].reason == reason


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "SOCKS4://127.0.0.1:1"])
def test_a_socks_proxy_is_refused_also_where_its_library_is_there(proxy):
    with pytest.raises(InvalidProxyURL):
        GuardedAdapter("https://api.x.com", LIMIT).proxy_manager_for(proxy)


def test_https_may_stand_for_http_on_loopback(wire):
    wire.script(KEY, reply())
    caller = Caller(wire.base)
    caller.base = wire.base.replace("http:", "https:")
    assert caller.get().status_code == 200


PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2001:db8::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_in_the_open_internet_is_known(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:4700::6810:84e5", "64:ff9b::5db8:d822"]
)
def test_an_address_in_the_open_internet_is_known(address):
    assert is_public(address)


def test_unless_asked_a_name_may_lead_into_a_private_network():
    assert GuardedAdapter("https://api.x.com", LIMIT).public_only is False


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"]])
@covers("R116")
def test_where_asked_a_name_that_leads_inside_is_not_connected_to(
    wire, monkeypatch, addresses
):
    def resolve(host, port, *args, **kwargs):
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, wire.port))
            for address in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    found = broken(Caller("https://pbs.twimg.com", public_only=True))
    assert found.reason == "the name leads into a private network"
    assert wire.connections == 0


def test_where_asked_a_name_in_the_open_internet_is_connected_to(monkeypatch, tried):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)
    broken(Caller("https://pbs.twimg.com", public_only=True))
    assert list(tried) == [("93.184.216.34", 443)]


# nothing stays behind


def test_no_thread_and_no_socket_stays_behind(wire):
    wire.script(KEY, reply(body=b"{}"), hang, cut(b"HTTP/1.1 200"), reply(body=b"{}"))
    before = len(os.listdir("/proc/self/fd")), threading.active_count()
    caller = Caller(wire.base)
    caller.get()
    broken(caller, 0.5)
    broken(caller)
    caller.get()
    caller.session.close()
    wire.close()
    for _ in range(100):
        after = len(os.listdir("/proc/self/fd")), threading.active_count()
        if after[0] <= before[0] and after[1] <= before[1]:
            return
        time.sleep(0.02)  # the wire's own threads end a moment later
    raise AssertionError(f"{before} before, {after} after")


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (cut(b"HTTP/1.1 secret secret\r\n\r\n"), "connection broken"),
        (reply(headers={"Content-Length": str(1 << 30)}), "answer too large"),
        (reply(headers={"Content-Encoding": "br"}), "answer in an unknown coding"),
    ],
)
def test_the_reason_is_told_in_words_of_our_own(wire, caller, script, reason):
    wire.script(KEY, script)
    assert broken(caller).reason == reason


@pytest.mark.parametrize(
    "script", [hang, stall(reply(headers={"Content-Length": "9"}))]
)
def test_an_answer_that_takes_too_long_is_told_as_such(wire, caller, script):
    wire.script(KEY, script)
    assert broken(caller, 0.1).reason == "no whole answer in time"


def test_a_name_that_is_unknown_is_told_as_such():
    assert broken(Caller("https://" + "a" * 64)).reason == "name not resolved"


def test_a_server_that_is_not_there_is_told_as_such(full_backlog, monkeypatch):
    monkeypatch.setattr(transport, "CONNECT_SECONDS", 0.1)
    dead = Caller("http://{}:{}".format(*full_backlog))
    assert broken(dead).reason == "no connection in time"
    assert broken(Caller("http://127.0.0.1:1")).reason == "no connection"


def test_a_server_without_tls_is_told_as_such(wire):
    assert broken(Caller(wire.base.replace("p:", "ps:"))).reason == "TLS failed"


def test_a_bell_that_rings_late_is_waited_for(monkeypatch):
    watch, rung = transport.Watch(), []

    def cut_slowly():
        time.sleep(0.1)
        rung.append(True)

    monkeypatch.setattr(watch, "cut", cut_slowly)
    with watch.until(Deadline(0.01)):
        while not watch.late:
            time.sleep(0.001)
    assert rung


def test_the_reason_does_not_stay_for_the_next_failure(wire, caller, monkeypatch):
    def fail(*args):
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    with monkeypatch.context() as patch:
        patch.setattr(transport, "_connect", fail)
        assert broken(caller).reason == "name not resolved"
    wire.script(KEY, cut())
    assert broken(caller).reason == "connection broken"


def test_nothing_is_logged_of_an_ordinary_failure(wire, caller, caplog):
    caplog.set_level(logging.INFO)
    wire.script(KEY, cut())
    broken(caller)
    assert caplog.records == []
