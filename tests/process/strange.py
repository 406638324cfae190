"""What hypothesis sends: requests that no browser would make, and who makes them."""

import http.client
import os
import socket
from http import HTTPStatus
from urllib.parse import quote_from_bytes, urlencode

from hypothesis import settings
from hypothesis import strategies as st

INPUTS = int(os.environ.get("TEST_INPUTS", "300"))
"""How many inputs of each kind are made up; a soak test sets the variable to more."""
BOUNDARY = "strange-boundary"
LONGEST = 9000
LONGEST_LINE = 65536
"""What Python's HTTP servers read of a request's first line: they answer a longer one
with 414 and hang up on the rest of it."""
BLANKS = bytes(number for number in range(256) if chr(number).isspace())
"""Where Python's HTTP servers part a request's first line; more than three parts are no
request to them."""
TIMEOUT = 60

generated = settings(
    max_examples=INPUTS,
    deadline=None,
    database=None,
    # The same ones each time, but for a soak test, which says its seed.
    derandomize="TEST_INPUTS" not in os.environ,
)

# pieces ------------------------------------------------------------------------------

_short = st.binary(max_size=12)
_text = st.text(max_size=20).map(lambda text: text.encode("utf-8", "surrogatepass"))
_huge = st.builds(
    lambda piece, size: piece * (size // len(piece)),
    st.sampled_from([b"a", b"%", b"\xff", b"\x00", b"../", "é".encode()]),
    st.integers(1000, LONGEST),
)
_known = st.sampled_from(
    [
        *(b"", b" ", b"0", b"-1", b"1", b"true", b"null", b"None", b"[]", b"{}"),
        *(b"'", b'"', b"%00", b"\x00", b"\r\n", b"\x1b[31m", b"\xc3\x28", b"\xff\xfe"),
        *(b"\xed\xa0\x80", "\u202e".encode(), "é".encode(), b"continue", b"unknown"),
        *(b"..", b"../..", b"%2e%2e", b"//evil.example", b"javascript:alert(1)"),
        *(b"<script>alert(1)</script>", b"{{7*7}}", b"%(a)s", b"${1}", b"1e309"),
        *(b"access_denied", b"https://evil.example", b"a" * 43, b"1" * 43, b"_" * 43),
    ]
)
values = st.one_of(_known, _short, _text, _huge)


def one_of(known, others=values):
    """A value that the server knows, one that looks like it, or any other."""
    known = st.sampled_from([value.encode() for value in known])
    return st.one_of(known, known, known.flatmap(_damaged), others)


def _damaged(value):
    """A value with one byte changed, lost, or put beside it."""
    places = st.integers(0, max(len(value) - 1, 0))
    return st.builds(
        lambda place, piece: value[:place] + piece + value[place + 1 :],
        places,
        st.binary(max_size=2),
    )


def pairs(names, known, largest=6):
    """Names with values, in any order, some more than once.

    :param names: those that the server reads.
    :param known: values by name; those of other names are made up.
    """
    own = st.sampled_from([name.encode() for name in names]).flatmap(
        lambda name: st.tuples(
            st.just(name), known.get(name.decode(), values) if known else values
        )
    )
    return st.lists(st.one_of(own, own, st.tuples(values, values)), max_size=largest)


# requests ----------------------------------------------------------------------------


def encoded(pair_list):
    """Names and values as in a query or in a form."""
    return urlencode(pair_list).encode()


def bare(pair_list):
    """The same without any encoding, as far as a server still finds a request in it."""
    return b"&".join(b"=".join(pair) for pair in pair_list).translate(None, BLANKS)


queries = st.sampled_from([encoded, encoded, bare])


def segment(value):
    """One part of a path: slashes and whatever is no plain text are encoded."""
    return quote_from_bytes(value, safe="").encode()


def multipart(pair_list):
    """A form as with files: every second field is one."""
    parts = []
    for number, (name, value) in enumerate(pair_list):
        shown = quote_from_bytes(name)
        file = '; filename="a.txt"' if number % 2 else ""
        head = f'Content-Disposition: form-data; name="{shown}"{file}'
        parts.append(
            f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + value.replace(b"\r", b"")
        )
    return b"\r\n".join([*parts, f"--{BOUNDARY}--\r\n".encode()])


BODIES = {
    "application/x-www-form-urlencoded": encoded,
    "application/x-www-form-urlencoded; charset=utf-16": encoded,
    f"multipart/form-data; boundary={BOUNDARY}": multipart,
    "multipart/form-data": multipart,
    "text/plain": encoded,
    "": encoded,
}
kinds_of_body = st.sampled_from(list(BODIES))


def send(browser, method, target, kind="", body=b""):
    """Send a request as it is, which no client's library would.

    :param browser: whose cookies go along.
    :param bytes target: path and query.
    :param str kind: the content's type.
    :return: status and headers; none where the server has hung up before the end.
    """
    host, _colon, port = browser.address.rpartition("/")[2].partition(":")
    cookies = "; ".join(f"{name}={text}" for name, text in browser.cookies.items())
    head = [
        f"{method} {target.decode('latin-1')} HTTP/1.1",
        f"Host: {host}:{port}",
        "Connection: close",
        f"Cookie: {cookies}",
    ]
    if method == "POST":
        head.append(f"Content-Length: {len(body)}")
        head += [f"Content-Type: {kind}"] if kind else []
    request = "\r\n".join([*head, "", ""]).encode("latin-1") + body
    try:
        return _answer(host, port, method, request)
    except ConnectionError:
        if len(head[0]) < LONGEST_LINE:
            raise
        return HTTPStatus.REQUEST_URI_TOO_LONG, {}


def _answer(host, port, method, request):
    """Send the bytes; return status and headers of the answer."""
    with socket.create_connection((host, int(port)), TIMEOUT) as sock:
        sock.sendall(request)
        answer = http.client.HTTPResponse(sock, method=method)
        answer.begin()
        answer.read()
    return answer.status, answer.headers
