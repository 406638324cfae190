"""Answers that nobody should send: each gives a typed error and shows nothing."""

import json

import pytest
from wire import ACCESS_TOKEN, ME, TOKEN, grant, reply, user

from security_trace import covers
from twitter_api import TwitterError

CANARY = "Canary Person"


def _with(document, **changes):
    return json.dumps({**document, **changes})


def bodies(good):
    """What may go wrong with any JSON answer."""
    whole = json.dumps(good)
    return [
        "",
        " ",
        "\n\n",
        "\x00",
        "null",
        "true",
        "0",
        "-1.5e300",
        '"text"',
        "[]",
        f"[{whole}]",
        "{}",
        "{",
        "}",
        whole[:-1],
        whole[: len(whole) // 2],
        whole[1:],
        whole + whole,
        whole + "}",
        whole + "\x00",
        "," + whole,
        ")]}',\n" + whole,
        "/* */" + whole,
        "callback(" + whole + ");",
        whole.replace('"', "'"),
        whole.replace(":", "="),
        whole.replace("{", '{"a": NaN, ', 1),
        whole.replace("{", '{"a": Infinity, ', 1),
        whole.replace("{", '{"a": -Infinity, ', 1),
        whole.replace("{", '{"a": 01, ', 1),
        whole.replace("{", '{"a": 1., ', 1),
        whole.replace("{", '{"a": 1, "a": 1, ', 1),
        whole.replace("{", '{"a": "\t", ', 1),
        whole.replace("{", '{"a": "\\x", ', 1),
        whole.replace("{", '{"a": "\\u12", ', 1),
        whole.replace("{", '{"a": ' + "[" * 50_000, 1),
        "[" * 100_000,
        '{"a":' * 30_000 + "1" + "}" * 30_000,
        b"\xef\xbb\xbf",
        b"\xff\xfe" + whole.encode("utf-16-le"),
        whole.encode("utf-16"),
        whole.encode("utf-32"),
        whole.encode() + b"\xff",
        whole.encode().replace(b"{", b'{"a": "\xed\xa0\x80", ', 1),
        whole.encode().replace(b"{", b'{"\xff": 1, ', 1),
        b"\x1f\x8b\x08\x00",
        b"\x89PNG\r\n\x1a\n",
        "<html><body>Welcome to the hotel's network</body></html>",
        "<!DOCTYPE html>" + whole,
        "<?xml version='1.0'?><errors><error code='1'/></errors>",
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>&b;',
        "a=1&b=2",
        "OK",
        '{"error": null}',
        '{"error": {"code": 1}}',
        '{"error": "unheard_of"}',
        '{"errors": null}',
        '{"errors": []}',
        '{"errors": [[]]}',
        '{"errors": "none"}',
        '{"errors": [{"detail": 1, "type": 2, "code": "3"}]}',
    ]


TOKEN_BODIES = [
    *bodies(grant()),
    _with(grant(), access_token=None),
    _with(grant(), access_token=12345),
    _with(grant(), access_token=True),
    _with(grant(), access_token=""),
    _with(grant(), access_token=[ACCESS_TOKEN]),
    _with(grant(), access_token={"value": ACCESS_TOKEN}),
    _with(grant(), access_token="a\nX-Evil: 1"),
    _with(grant(), access_token="\ud800"),
    _with(grant(), token_type=None),
    _with(grant(), token_type="mac"),
    _with(grant(), token_type=["bearer"]),
    _with(grant(), scope=["users.read", "tweet.read"]),
    _with(grant(), scope=None),
    _with(grant(), error="invalid_request"),
    json.dumps({"data": grant()}),
    f"access_token={ACCESS_TOKEN}&token_type=bearer&scope=users.read+tweet.read",
]
USER = user("https://pbs.twimg.com", name=CANARY)
DATA = USER["data"]
ME_BODIES = [
    *bodies(USER),
    json.dumps(DATA),
    _with(USER, data=None),
    _with(USER, data=[]),
    _with(USER, data=[DATA]),
    _with(USER, data="ana"),
    _with(USER, data=1),
    _with(USER, data={}),
    _with(USER, data={**DATA, "id": 1745020318867001345}),
    _with(USER, data={**DATA, "id": 1.745e18}),
    _with(USER, data={**DATA, "id": None}),
    _with(USER, data={**DATA, "id": ["1"]}),
    _with(USER, data={**DATA, "id": {"$oid": "1"}}),
    _with(USER, data={**DATA, "id": "1e5"}),
    _with(USER, data={**DATA, "id": ""}),
    _with(USER, data={**DATA, "username": None}),
    _with(USER, data={**DATA, "username": 5}),
    _with(USER, data={**DATA, "username": "ana souza"}),
    _with(USER, data={**DATA, "username": "<script>"}),
    '{"data": {"id": "1", "id": "2", "username": "ana"}}',
    json.dumps({"data": None, "errors": [{"detail": "x"}]}),
]


def names(corpus):
    return [f"{place} {body[:30]!r}" for place, body in enumerate(corpus)]


def test_the_corpus_is_as_large_as_it_should_be():
    assert len(TOKEN_BODIES) >= 60 and len(ME_BODIES) >= 60


@pytest.mark.parametrize("body", TOKEN_BODIES, ids=names(TOKEN_BODIES))
@covers("F7")
def test_a_malformed_token_answer_is_a_typed_error(x, read, body):
    x.script(TOKEN, reply(200, body))
    with pytest.raises(TwitterError) as caught:
        read()
    assert caught.value.code in ("unexpected_answer", "x_unavailable", "x_unreachable")
    assert ACCESS_TOKEN not in caught.value.excerpt
    assert x.count(TOKEN) == 1 and x.count(ME) == 0


@pytest.mark.parametrize("body", ME_BODIES, ids=names(ME_BODIES))
@covers("R104", "F7")
def test_a_malformed_profile_is_a_typed_error(x, read, body):
    x.script(ME, reply(200, body))
    with pytest.raises(TwitterError) as caught:
        read()
    assert caught.value.code in ("unexpected_answer", "x_unavailable", "x_unreachable")
    assert CANARY not in f"{caught.value.excerpt} {caught.value!r}"


@pytest.mark.parametrize(
    "kind",
    [
        "text/html",
        "text/plain",
        "application/octet-stream",
        "application/json; charset=utf-16",
        "application/json; charset=nonsense",
        "",
        "\xff",
        ";;;",
    ],
)
def test_good_json_is_taken_whatever_it_calls_itself(x, read, kind):
    x.script(TOKEN, reply(200, grant(), {"Content-Type": kind}))
    x.script(ME, reply(200, user(x.base), {"Content-Type": kind}))
    assert read().username == "ana"


def test_a_byte_order_mark_does_no_harm(x, read):
    x.script(TOKEN, reply(200, b"\xef\xbb\xbf" + json.dumps(grant()).encode()))
    assert read().username == "ana"
