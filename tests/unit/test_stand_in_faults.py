"""Scripted trouble does what it says: each fault is seen from the other side."""

import gzip
import json
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from stand_in import Fault, StandIn
from stand_in.answers import ANSWERS

DEV = Path(__file__).parents[2] / "dev"
KEY = "GET /health"


@pytest.fixture
def x():
    with StandIn() as stand_in:
        yield stand_in


def get(x, **options):
    return requests.get(x.base_url + "/health", timeout=10, **options)


@contextmanager
def conversation(x):
    """A plain connection that has asked for /health."""
    with socket.create_connection(("127.0.0.1", x.port), timeout=10) as sock:
        sock.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        yield sock


def received(x):
    """All bytes that came until the other side hung up."""
    with conversation(x) as sock, sock.makefile("rb") as stream:
        return stream.read()


def test_without_a_fault_the_answer_is_plain(x):
    assert (get(x).status_code, get(x).text) == (200, "ok\n")


@pytest.mark.parametrize(
    ("body", "expected"),
    [(b"raw", b"raw"), ("text", b"text"), ({"a": 1}, b'{"a": 1}'), ([], b"[]")],
)
def test_any_status_and_body(x, body, expected):
    x.faults.add(KEY, Fault(status=418, body=body, headers={"X-Made-Up": "1"}))
    answer = get(x)
    assert (answer.status_code, answer.content) == (418, expected)
    assert answer.headers["X-Made-Up"] == "1"


def test_a_fault_happens_as_often_as_it_says(x):
    x.faults.add(KEY, Fault(status=503, times=2))
    assert [get(x).status_code for _ in range(3)] == [503, 503, 200]
    assert x.faults.pending() == []
    x.faults.add("* /health", Fault(status=503, times=None))
    assert [get(x).status_code for _ in range(3)] == [503] * 3
    x.faults.clear()
    assert get(x).status_code == 200


def test_faults_happen_in_the_order_in_which_they_were_added(x):
    x.faults.add(KEY, Fault(status=500))
    x.faults.add("GET /elsewhere", Fault(status=501))
    x.faults.add(KEY, Fault(status=502))
    assert [get(x).status_code for _ in range(3)] == [500, 502, 200]
    assert x.faults.pending() == ["GET /elsewhere"]


def test_a_delay_comes_before_the_real_answer(x):
    x.faults.add(KEY, Fault(delay=0.3))
    begin = time.monotonic()
    assert get(x).text == "ok\n"
    assert time.monotonic() - begin >= 0.3


def test_a_cut_before_the_answer(x):
    x.faults.add(KEY, Fault(cut="before"))
    assert received(x) == b""
    assert x.calls[-1].status == 0


def test_a_cut_after_the_headers(x):
    x.faults.add(KEY, Fault(cut="after_headers"))
    head, _, body = received(x).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Content-Length: 3" in head
    assert body == b""


def test_a_cut_in_the_middle_of_the_body(x):
    x.faults.add(KEY, Fault(cut="mid_body", body=b"0123456789"))
    head, _, body = received(x).partition(b"\r\n\r\n")
    assert b"Content-Length: 10" in head
    assert body == b"01234"


@pytest.mark.parametrize("announced", [1, 1 << 30])
def test_a_false_content_length(x, announced):
    x.faults.add(KEY, Fault(body=b"12345", content_length=announced))
    head, _, body = received(x).partition(b"\r\n\r\n")
    assert f"Content-Length: {announced}".encode() in head
    assert body == b"12345"


def test_an_endless_body_goes_on_until_the_reader_leaves(x):
    x.faults.add(KEY, Fault(body=b"x" * 4096, endless=True))
    with get(x, stream=True) as answer:
        assert "Content-Length" not in answer.headers
        chunks = answer.iter_content(4096)
        assert all(len(next(chunks)) for _ in range(500))


def test_a_body_byte_by_byte(x):
    x.faults.add(KEY, Fault(body=b"slow", drip=0.1))
    begin = time.monotonic()
    assert get(x).text == "slow"
    assert time.monotonic() - begin >= 0.3


def test_headers_byte_by_byte(x):
    x.faults.add(KEY, Fault(body=b"", drip=0.005, drip_headers=True))
    begin = time.monotonic()
    assert get(x).status_code == 200
    assert time.monotonic() - begin >= 0.2


def test_a_raw_script_writes_what_it_likes(x):
    x.faults.add(KEY, Fault(raw=lambda sock: sock.sendall(b"this is not HTTP")))
    assert received(x) == b"this is not HTTP"


def test_a_compressed_body_and_a_redirect_are_ordinary_answers(x):
    bomb = gzip.compress(b"0" * 1_000_000)
    x.faults.add(KEY, Fault(body=bomb, headers={"Content-Encoding": "gzip"}))
    assert len(get(x).content) == 1_000_000
    x.faults.add(KEY, Fault(status=302, headers={"Location": "/elsewhere"}))
    assert get(x, allow_redirects=False).headers["Location"] == "/elsewhere"


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_every_known_answer_of_x_can_be_scripted(x, name):
    x.faults.add(KEY, Fault.known(name))
    answer = get(x)
    expected = ANSWERS[name]
    assert answer.status_code == expected.status >= 400
    assert answer.headers["Content-Type"] == expected.content_type
    shown = answer.json() if isinstance(expected.body, dict) else answer.text
    assert shown == expected.body
    assert set(expected.headers) <= set(answer.headers.items())


def test_a_known_answer_is_in_the_shape_that_x_uses():
    body = json.loads(ANSWERS["credits_depleted"].payload())
    assert body["title"] == "CreditsDepleted"
    assert body["type"].endswith("/problems/credits")


def test_a_misspelt_fault_is_refused_at_once():
    with pytest.raises(ValueError, match="cut is one of"):
        Fault(cut="halfway")
    with pytest.raises(KeyError):
        Fault.known("no_such_answer")


def test_a_hold_that_nobody_reaches_says_so(x):
    with x.hold(KEY) as held, pytest.raises(TimeoutError, match="0 of 1 arrived"):
        held.wait_arrived(timeout=0.05)


def test_leaving_the_block_lets_everybody_go(x):
    answers = []
    thread = threading.Thread(target=lambda: answers.append(get(x).text))
    with x.hold(KEY) as held:
        thread.start()
        held.wait_arrived()
        assert held.arrived == 1
        assert answers == []
    thread.join(10)
    assert answers == ["ok\n"]
    assert get(x).text == "ok\n"


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault(delay=600), id="delay"),
        pytest.param(Fault(body=b"slow" * 99, drip=600), id="drip"),
        pytest.param(None, id="hold"),
    ],
)
def test_stopping_frees_those_who_wait(fault):
    x = StandIn().start()
    with x.hold(KEY if fault is None else "none") as held:
        if fault is not None:
            x.faults.add(KEY, fault)
        with conversation(x) as sock, sock.makefile("rb") as stream:
            if fault is None:
                held.wait_arrived()
            else:
                _until(lambda: x.count(KEY))
            begin = time.monotonic()
            x.stop()
            stream.read()
            assert time.monotonic() - begin < 5


def _until(condition):
    """Wait for a condition that has no event of its own."""
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        threading.Event().wait(0.01)


# the command line


@contextmanager
def command(*arguments):
    """``python -m stand_in`` until it is ready or has ended."""
    with subprocess.Popen(
        [sys.executable, "-m", "stand_in", *arguments],
        cwd=DEV,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


URI = ("--redirect-uri", "http://127.0.0.1:8069/twitter/callback")


@pytest.mark.parametrize("signal", ["terminate", "interrupt"])
def test_the_command_serves_until_it_is_told_to_stop(signal):
    with command("--port", "0", "--smtp-port", "0", "--demo", *URI) as process:
        ready, base_url = process.stdout.readline().split()
        assert ready == "READY"
        assert requests.get(base_url + "/health", timeout=10).status_code == 200
        assert requests.get(base_url + "/mailbox.json", timeout=10).json() == []
        assert requests.get(base_url + "/2/users/me", timeout=10).status_code == 401
        if signal == "terminate":
            process.terminate()
        else:
            process.send_signal(2)
        assert process.wait(10) == 0
        assert process.stderr.read() == ""


def test_the_mailbox_alone_plays_nothing_of_x():
    with command("--port", "0", "--smtp-port", "0", "--mailbox-only") as process:
        base_url = process.stdout.readline().split()[1]
        assert requests.get(base_url + "/mailbox", timeout=10).status_code == 200
        assert requests.get(base_url + "/2/users/me", timeout=10).status_code == 404


@pytest.mark.parametrize("option", ["--port", "--smtp-port"])
def test_a_port_that_is_taken_is_one_clear_sentence(option):
    other = "--port" if option == "--smtp-port" else "--smtp-port"
    with StandIn() as x, command(option, str(x.port), other, "0", *URI) as process:
        assert process.wait(10) == 1
        assert process.stderr.read() == (
            f"Port {x.port} on 127.0.0.1 can't be opened: "
            "another program is using it.\n"
        )


def test_the_command_wants_to_know_where_x_may_redirect_to():
    with command("--port", "0") as process:
        assert process.wait(10) == 2
        assert "--redirect-uri is needed" in process.stderr.read()
