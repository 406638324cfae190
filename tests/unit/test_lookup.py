"""Accounts looked up by number and by handle with the app's own bearer token."""

import json
import logging
import time
import traceback
from urllib.parse import quote, unquote

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from pictures import picture
from test_answers import CASES
from test_malformed import CANARY, bodies
from test_profile import values
from wire import AVATAR, Wire, cut, hang, reply, reset, stall, user

from security_trace import covers
from twitter_api import (
    GONE,
    SUSPENDED,
    Account,
    Endpoints,
    Lookup,
    RateLimited,
    TokenRejected,
    TwitterError,
    UnexpectedAnswer,
    XSilent,
    XUnavailable,
    XUnreachable,
    fetch_picture,
    look_up,
    look_up_handles,
    lookup,
    transport,
)

USERS, BY = "GET /2/users", "GET /2/users/by"
# In X's form, with characters that it shows as %XX.
TOKEN = "A" * 21 + "FtestsAAAAAA0%2BneverShown%2Fanywhere%3D" + "onlyInTheTests" * 4
ANA, BIA, CARLA, DAVI = (f"174502031886700134{end}" for end in (5, 7, 8, 9))
MEDIA = "https://pbs.twimg.com"
# Asked with each of the two: what they share.
CALLS = [(USERS, look_up, [ANA]), (BY, look_up_handles, ["ana"])]
both = pytest.mark.parametrize(
    ("key", "call", "asked"), CALLS, ids=["by number", "by handle"]
)


def one(twitter_id=ANA, **changes):
    """A user of X; None takes a member out."""
    return user(MEDIA, id=twitter_id, **changes)["data"]


def gone(who, **changes):
    """What X says of one who does not exist; None takes a member out."""
    item = {
        "value": who,
        "detail": f"Could not find user with ids: [{who}].",
        "title": "Not Found Error",
        "resource_type": "user",
        "parameter": "ids",
        "resource_id": who,
        "type": "https://api.twitter.com/2/problems/resource-not-found",
        **changes,
    }
    return {name: value for name, value in item.items() if value is not None}


def suspended(who, **changes):
    """The same of one who is suspended."""
    words = {"title": "Forbidden", "detail": f"User has been suspended: [{who}]."}
    return gone(who, **{**words, **changes})


@pytest.fixture
def endpoints(wire):
    return Endpoints(wire.base, wire.base, MEDIA)


@pytest.fixture
def find(wire, endpoints):
    """Let X answer, and look up: ``find(document, ANA, BIA)``."""

    def call(document, *ids, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        wire.script(USERS, reply(200, document, named))
        return look_up(endpoints, TOKEN, ids, 5.0)

    return call


@pytest.fixture
def named(wire, endpoints):
    """The same by handle."""

    def call(document, *usernames):
        wire.script(BY, reply(200, document))
        return look_up_handles(endpoints, TOKEN, usernames, 5.0)

    return call


# === By number === #


def test_accounts_are_found_by_their_numbers(find):
    bia = one(BIA, username="bia", name="Bia", verified_type="none", protected=True)
    assert find({"data": [one(), bia]}, ANA, BIA) == Lookup(
        accounts={
            ANA: Account(
                twitter_id=ANA,
                username="ana",
                name="Ana Souza",
                verified_type="blue",
                picture=MEDIA + AVATAR.partition(" ")[2],
            ),
            BIA: Account(
                twitter_id=BIA,
                username="bia",
                name="Bia",
                protected=True,
                picture=MEDIA + AVATAR.partition(" ")[2],
            ),
        },
    )


def test_one_answer_tells_of_the_shown_the_suspended_and_the_gone(find):
    document = {"data": [one()], "errors": [suspended(BIA), gone(CARLA)]}
    found = find(document, ANA, BIA, CARLA)
    assert list(found.accounts) == [ANA]
    assert found.unavailable == {BIA: SUSPENDED, CARLA: GONE}


def test_where_none_is_shown_that_is_an_answer(find):
    document = {"errors": [suspended(ANA), suspended(BIA)]}
    assert find(document, ANA, BIA) == Lookup({}, {ANA: SUSPENDED, BIA: SUSPENDED})


def test_a_renamed_account_is_found_under_its_number(find):
    found = find({"data": [one(username="ana_souza")]}, ANA)
    assert found.accounts[ANA].username == "ana_souza"


@covers("R63")
def test_numbers_that_differ_in_the_last_digit_are_told_apart(find):
    found = find({"data": [one(BIA)], "errors": [gone(ANA)]}, ANA, BIA)
    assert (list(found.accounts), found.unavailable) == ([BIA], {ANA: GONE})


def test_of_one_that_x_does_not_mention_nothing_is_known(find):
    found = find({"data": [one()]}, ANA, BIA)
    assert BIA not in found.accounts and BIA not in found.unavailable


def test_what_x_tells_of_others_is_ignored(find):
    document = {"data": [one(), one(CARLA)], "errors": [gone(DAVI)]}
    found = find(document, ANA)
    assert (list(found.accounts), found.unavailable) == ([ANA], {})


def test_an_answer_about_others_alone_tells_nothing_of_anybody(find):
    assert find({"errors": [gone(DAVI), suspended(CARLA)]}, ANA) == Lookup()


def test_an_address_that_x_gives_unasked_is_not_taken(find):
    document = {"data": [one(confirmed_email="ana@example.com")]}
    assert find(document, ANA).accounts[ANA].email == ""


def test_names_are_cleaned_as_they_are_at_the_link(find):
    name = "=Ana\r\nBcc: b@example.com\u202e"
    found = find({"data": [one(name=name)]}, ANA)
    assert found.accounts[ANA].name == "Ana Bcc: b@example.com"


@covers("T23")
def test_a_picture_elsewhere_is_no_picture(find):
    place = "https://pbs.twimg.com.evil.example/a.png"
    found = find({"data": [one(profile_image_url=place)]}, ANA)
    assert found.accounts[ANA].picture == ""


@pytest.mark.parametrize(
    "spoilt",
    [
        None,
        1,
        "ana",
        [],
        {},
        {"id": BIA},
        {"id": int(BIA), "username": "bia"},
        {"id": [BIA], "username": "bia"},
        {"id": {"a": BIA}, "username": "bia"},
        {"id": BIA + "\n", "username": "bia"},
        {"id": BIA, "username": None},
        {"id": BIA, "username": "<b>"},
        {"id": BIA, "username": ["bia"]},
    ],
    ids=str,
)
@covers("R104", "F7")
def test_a_malformed_account_costs_no_other_one(find, spoilt):
    found = find({"data": [spoilt, one(), spoilt]}, ANA, BIA)
    assert list(found.accounts) == [ANA] and found.unavailable == {}


@pytest.mark.parametrize(
    "spoilt",
    [
        None,
        1,
        "gone",
        [],
        {},
        {"detail": f"Could not find user with ids: [{BIA}]."},
        gone(BIA, value=None, resource_id=None),
        gone(BIA, value=[BIA], resource_id=int(BIA)),
        gone(BIA, value=BIA, resource_id=ANA),
        gone(BIA, value={"id": BIA}, resource_id=None),
    ],
    ids=str,
)
@covers("R104", "F7")
def test_a_malformed_error_costs_no_other_one(find, spoilt):
    found = find({"data": [one()], "errors": [spoilt, gone(CARLA)]}, ANA, BIA, CARLA)
    assert list(found.accounts) == [ANA] and found.unavailable == {CARLA: GONE}


@pytest.mark.parametrize("errors", [None, 1, "none", {}, {"detail": "x"}], ids=str)
def test_errors_of_another_form_cost_no_account(find, errors):
    assert list(find({"data": [one()], "errors": errors}, ANA).accounts) == [ANA]


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (gone(ANA), GONE),
        (gone(ANA, detail=f"Could not find user with id: [{ANA}]."), GONE),
        (gone(ANA, detail="COULD NOT FIND USER", title="Other"), GONE),
        (gone(ANA, type="about:blank"), GONE),
        (gone(ANA, type=None, title=None), GONE),
        (gone(ANA, detail="No such account."), GONE),
        (gone(ANA, detail=None), GONE),
        (gone(ANA, resource_type=None, parameter=None), GONE),
        (gone(ANA, resource_id=None), GONE),
        (gone(ANA, value=None), GONE),
        (gone(ANA, value=7), GONE),
        (suspended(ANA), SUSPENDED),
        (suspended(ANA, title="Not Found Error"), SUSPENDED),
        (suspended(ANA, title=None, type=None), SUSPENDED),
        (suspended(ANA, type="https://api.x.com/2/problems/elsewhere"), SUSPENDED),
        (suspended(ANA, detail="This account is not shown."), SUSPENDED),
        (suspended(ANA, detail=None, title=" FORBIDDEN "), SUSPENDED),
    ],
    ids=str,
)
def test_suspended_and_gone_are_told_apart_by_words_and_not_by_type(find, item, reason):
    assert find({"errors": [item]}, ANA).unavailable == {ANA: reason}


NOT_SEEN = "https://api.x.com/2/problems/not-authorized-for-resource"
UNAVAILABLE = "https://api.x.com/2/problems/resource-unavailable"
OTHER_MATTERS = [
    # X's fields, one that failed and one that it does not show
    gone(ANA, field="protected"),
    suspended(ANA, field="protected", detail="Forbidden"),
    # what hangs on the account
    gone(ANA, resource_type="tweet", parameter="pinned_tweet_id"),
    gone(ANA, resource_type="media"),
    gone(ANA, resource_type=["user"]),
    # who does not show it to whoever asks
    gone(
        ANA,
        title="Authorization Error",
        detail=f"Sorry, you are not authorized to see the user with id: [{ANA}].",
        type=NOT_SEEN,
    ),
    suspended(ANA, detail="Forbidden", type=NOT_SEEN),
    suspended(ANA, detail="Forbidden", type="about:blank"),
    suspended(ANA, detail="Forbidden", type=None),
    gone(ANA, title="Not Found Error", detail="Not yet", type=UNAVAILABLE),
    gone(ANA, title="Internal Server Error", detail="Something is broken."),
    gone(ANA, title=["Not Found Error"], detail={"a": 1}),
]


@pytest.mark.parametrize("item", OTHER_MATTERS, ids=str)
def test_an_error_about_something_else_concludes_nothing(find, item):
    assert find({"errors": [item]}, ANA, BIA) == Lookup()


@pytest.mark.parametrize("item", OTHER_MATTERS, ids=str)
def test_an_error_about_something_else_takes_no_account_away(find, item):
    assert list(find({"data": [one()], "errors": [item]}, ANA).accounts) == [ANA]


@pytest.mark.parametrize(
    "document",
    [
        {"data": [one()], "errors": [gone(ANA)]},
        {"data": [one(username="<b>")], "errors": [gone(ANA)]},
        {"data": [one(), one(username="bia")]},
        {"errors": [gone(ANA), suspended(ANA)]},
    ],
    ids=["shown and gone", "malformed and gone", "two handles", "gone and suspended"],
)
def test_where_x_contradicts_itself_nothing_is_known(find, document):
    assert find(document, ANA) == Lookup()


def test_the_same_said_twice_is_no_contradiction(find):
    document = {"data": [one(), one()], "errors": [gone(BIA), gone(BIA)]}
    found = find(document, ANA, BIA)
    assert list(found.accounts) == [ANA] and found.unavailable == {BIA: GONE}


def test_a_hundred_who_are_all_gone_are_an_answer(find):
    ids = [str(number) for number in range(1, 101)]
    found = find({"errors": [gone(number) for number in ids]}, *ids)
    assert found.unavailable == dict.fromkeys(ids, GONE)


def test_names_full_of_brackets_hide_nobody(find):
    ids = [str(number) for number in range(1, 101)]
    users = [one(number, name="[{" * 25) for number in ids]
    assert list(find({"data": users}, *ids).accounts) == ids


def test_a_hundred_of_the_longest_answers_that_x_may_give_are_taken(find):
    ids = [str(10**18 + number) for number in range(100)]
    place = MEDIA + "/profile_images/1745020318867001345/"
    users = [
        one(
            number,
            username="a" * 20,
            name="\U0001f680" * 50,
            verified_type="government",
            profile_image_url=place + "a" * 40 + "_normal.jpg",
            description="\U0001f680" * 160,
        )
        for number in ids
    ]
    assert list(find({"data": users}, *ids).accounts) == ids


# === By handle === #


def test_numbers_are_found_by_handle_in_any_case(named):
    document = {"data": [one(username="Ana"), one(BIA, username="bia")]}
    assert named(document, "ANA", "bia") == {"ana": ANA, "bia": BIA}


def test_handles_that_x_does_not_show_are_left_out(named):
    document = {"data": [one()], "errors": [gone("bia"), suspended("carla")]}
    assert named(document, "ana", "bia", "carla") == {"ana": ANA}


def test_where_no_handle_is_known_that_is_an_answer(named):
    assert named({"errors": [gone("ana")]}, "ana") == {}


def test_handles_that_nobody_asked_for_are_ignored(named):
    assert named({"data": [one(BIA, username="bia")]}, "ana") == {}


@pytest.mark.parametrize(
    "spoilt",
    [
        None,
        [],
        {"id": BIA},
        {"username": "bia"},
        {"id": int(BIA), "username": "bia"},
        {"id": "x", "username": "bia"},
        {"id": [BIA], "username": "bia"},
        {"id": BIA, "username": ["bia"]},
        {"id": BIA, "username": 1},
    ],
    ids=str,
)
@covers("R104", "F7")
def test_a_malformed_account_costs_no_other_handle(named, spoilt):
    assert named({"data": [spoilt, one()]}, "ana", "bia") == {"ana": ANA}


def test_a_handle_that_two_are_said_to_have_is_nobody_s(named):
    assert named({"data": [one(), one(BIA, username="ANA")]}, "ana") == {}


# === What is asked === #


@covers("R11")
def test_numbers_are_asked_for_once_with_the_fields_that_are_used(wire, find):
    find({"data": []}, ANA, BIA, ANA)
    [request] = wire.requests
    assert (request.method, request.path, request.body) == ("GET", "/2/users", "")
    assert request.query == {
        "ids": f"{ANA},{BIA}",
        "user.fields": "id,name,username,profile_image_url,verified_type,protected",
    }


def test_handles_are_asked_for_with_nothing_but_their_numbers(wire, named):
    named({"data": []}, "ana", "Bia", "ana")
    [request] = wire.requests
    assert request.query == {"usernames": "ana,Bia", "user.fields": "id,username"}


@both
@covers("R11", "R45")
def test_the_token_travels_in_the_header_alone(wire, endpoints, key, call, asked):
    wire.script(key, reply(200, {"data": []}))
    call(endpoints, TOKEN, asked, 5.0)
    [request] = wire.requests
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["accept"] == "application/json"
    assert request.headers["accept-encoding"] == "identity"
    assert TOKEN not in f"{request.path} {request.query} {request.body}"
    assert [name for name, value in request.headers.items() if TOKEN in value] == [
        "authorization"
    ]


@both
def test_other_credentials_of_this_machine_are_not_shown(
    wire, endpoints, tmp_path, monkeypatch, key, call, asked
):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password s3cr3t\n")
    monkeypatch.setenv("NETRC", str(netrc))
    wire.script(key, reply(200, {"data": []}))
    call(endpoints, TOKEN, asked, 5.0)
    assert wire.requests[0].headers["authorization"] == f"Bearer {TOKEN}"


@both
def test_no_cookie_is_kept(wire, endpoints, key, call, asked):
    cookie = {"Set-Cookie": "guest_id=1; Path=/"}
    wire.script(key, reply(200, {"data": []}, cookie))
    for _ in range(2):
        call(endpoints, TOKEN, asked, 5.0)
    assert all("cookie" not in request.headers for request in wire.requests)


@both
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(wire, endpoints, key, call, asked, status):
    elsewhere = Wire()
    elsewhere.script("GET /", reply(200, {"data": [one()]}))
    wire.script(key, reply(status, headers={"Location": elsewhere.base + "/"}))
    with pytest.raises(UnexpectedAnswer):
        call(endpoints, TOKEN, asked, 5.0)
    elsewhere.close()
    assert elsewhere.requests == []


@both
@pytest.mark.parametrize("count", [0, 101])
def test_none_or_more_than_a_hundred_is_a_mistake(
    wire, endpoints, key, call, asked, count
):
    with pytest.raises(ValueError, match="1 to 100"):
        call(endpoints, TOKEN, asked * count, 5.0)
    assert wire.requests == []


@both
def test_a_hundred_go_in_one_request(wire, endpoints, key, call, asked):
    wire.script(key, reply(200, {"data": []}))
    call(endpoints, TOKEN, [str(number) for number in range(100)], 5.0)
    [request] = wire.requests
    sent = request.query.get("ids") or request.query["usernames"]
    assert len(sent.split(",")) == 100


@pytest.mark.parametrize(
    "other",
    [None, 7, "", "ana", "1" * 20, "1,2", " 1", "1\n", "\u0661", ["1"]],
    ids=repr,
)
def test_what_is_no_number_is_not_asked_for_and_costs_no_other_one(wire, find, other):
    assert list(find({"data": [one()]}, other, ANA).accounts) == [ANA]
    assert wire.requests[0].query["ids"] == ANA
    assert find({"data": []}, other) == Lookup()
    assert wire.count(USERS) == 1


@pytest.mark.parametrize(
    "other", [None, 7, "", "@ana", "a" * 16, "a,b", "an a", "b\n", "\u00e1na"], ids=repr
)
def test_what_is_no_handle_is_not_asked_for_and_costs_no_other_one(wire, named, other):
    assert named({"data": [one()]}, other, "ana") == {"ana": ANA}
    assert wire.requests[0].query["usernames"] == "ana"
    assert named({"data": []}, other) == {}
    assert wire.count(BY) == 1


@both
@pytest.mark.parametrize("token", ["caf\u00e9", "a b", "\u20ac", 'a"b', "?" * 40])
def test_a_token_with_stray_characters_is_sent_as_it_is(
    wire, endpoints, key, call, asked, token
):
    wire.script(key, reply(401))
    with pytest.raises(TokenRejected):
        call(endpoints, token, asked, 5.0)
    sent = wire.requests[0].headers["authorization"]
    assert sent == f"Bearer {token}"


@both
@pytest.mark.parametrize(
    "token", ["", None, False, "a\r\nX-Evil: 1", "a\nb", "a\x00", "a\u200b", "\ud800"]
)
def test_what_can_be_no_token_is_rejected_unasked(
    wire, endpoints, key, call, asked, token
):
    with pytest.raises(TokenRejected) as caught:
        call(endpoints, token, asked, 5.0)
    assert wire.requests == [] and caught.value.excerpt == "no bearer token"


# === What goes wrong === #

# At the profile and here X says the same, but for what it says of a person.
SHARED = [
    case
    for case in CASES
    if case["stage"] == "profile"
    and case["code"] not in ("account_unavailable", "scope_missing")
    and case["name"] != "errors of another kind with status 200"
]


@pytest.mark.parametrize("case", SHARED, ids=lambda case: case["name"])
@both
def test_each_known_refusal_gives_its_code(wire, endpoints, key, call, asked, case):
    wire.script(key, reply(case["status"], case["body"], case.get("headers")))
    with pytest.raises(TwitterError) as caught:
        call(endpoints, TOKEN, asked, 5.0)
    assert caught.value.code == case["code"]
    assert caught.value.status == case["status"]
    assert wire.count(key) == 1


def test_enough_refusals_are_known():
    assert {case["code"] for case in SHARED} == {
        *("access_level", "app_not_enrolled", "app_suspended", "credits_depleted"),
        *("rate_limited", "token_rejected", "unexpected_answer", "x_unavailable"),
    }


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (403, {"title": "Forbidden", "detail": "Forbidden"}, "access_level"),
        (403, {"error": "insufficient_scope"}, "access_level"),
        (400, {"detail": "Forbidden"}, "unexpected_answer"),
        (404, gone(ANA), "unexpected_answer"),
        (403, {"errors": [{"code": 64}]}, "unexpected_answer"),
        (403, {"errors": [{"code": 326}]}, "unexpected_answer"),
        (403, suspended(ANA), "unexpected_answer"),
    ],
    ids=str,
)
def test_a_refused_request_says_nothing_of_a_person(
    wire, endpoints, status, body, code
):
    wire.script(USERS, reply(status, body))
    with pytest.raises(TwitterError) as caught:
        look_up(endpoints, TOKEN, [ANA], 5.0)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({"code": 88, "message": "Rate limit exceeded"}, "rate_limited"),
        ({"type": "https://api.x.com/2/problems/usage-capped"}, "rate_limited"),
        ({"type": "https://api.x.com/2/problems/credits"}, "credits_depleted"),
        ({"reason": "client-not-enrolled"}, "app_not_enrolled"),
    ],
    ids=str,
)
def test_a_success_that_tells_of_the_app_alone_is_none(find, item, code):
    with pytest.raises(TwitterError) as caught:
        find({"errors": [item]}, ANA)
    assert caught.value.code == code
    assert list(find({"data": [one()], "errors": [item]}, ANA).accounts) == [ANA]


@both
@pytest.mark.parametrize("status", [500, 502, 503, 504])
@covers("F4")
def test_after_a_fault_of_x_nothing_is_asked_again(
    wire, endpoints, key, call, asked, status
):
    wire.script(key, reply(status))
    with pytest.raises(XUnavailable):
        call(endpoints, TOKEN, asked, 5.0)
    assert wire.count(key) == 1


@both
@pytest.mark.parametrize(
    ("script", "error"),
    [
        (hang, XSilent),
        (stall(reply(200, {"data": [one()]})[:-5]), XSilent),
        (cut(b"HTTP/1.1 200 OK\r\n"), XUnreachable),
        (reset(), XUnreachable),
        (cut(reply(200, {"data": [one()]})[:-5]), XUnreachable),
    ],
)
@covers("F2")
def test_an_answer_that_does_not_come_whole_is_none(
    wire, endpoints, key, call, asked, script, error
):
    wire.script(key, script)
    started = time.monotonic()
    with pytest.raises(XUnreachable) as caught:
        call(endpoints, TOKEN, asked, 0.4)
    assert type(caught.value) is error
    assert wire.count(key) == 1 and time.monotonic() - started < 2.0


@both
def test_where_nobody_listens_x_is_silent(wire, endpoints, key, call, asked):
    wire.close()
    with pytest.raises(XSilent):
        call(endpoints, TOKEN, asked, 5.0)


@both
def test_an_exhausted_budget_sends_nothing(wire, endpoints, key, call, asked):
    with pytest.raises(XUnreachable):
        call(endpoints, TOKEN, asked, 0.0)
    assert wire.requests == []


@pytest.mark.parametrize("call", [look_up, look_up_handles])
@covers("R99", "F26")
def test_by_default_the_budget_is_15_seconds(call):
    assert call.__defaults__ == (15.0,)


@both
def test_an_answer_that_is_too_large_is_unexpected(wire, endpoints, key, call, asked):
    wire.script(key, reply(200, b" " * (100 * lookup.USER_BYTES + 1)))
    with pytest.raises(UnexpectedAnswer) as caught:
        call(endpoints, TOKEN, asked, 5.0)
    assert caught.value.excerpt == "answer too large"


def test_a_guard_that_lets_no_request_out_means_unreachable(endpoints, monkeypatch):
    def refuse(*args, **kwargs):
        raise requests.ConnectionError("not from here")

    monkeypatch.setattr(requests.Session, "send", refuse)
    with pytest.raises(XUnreachable) as caught:
        look_up(endpoints, TOKEN, [ANA], 5.0)
    assert caught.value.excerpt == "request refused"


# === When to come again === #


@pytest.mark.parametrize(
    ("remaining", "reset_in", "expected_in"),
    [("0", 300, 300), (" 0 ", 300, 300), ("0", -5, 900), ("0", 5000, 900)],
)
@covers("F3")
def test_a_success_that_was_the_last_one_says_when_to_come_again(
    find, remaining, reset_in, expected_in
):
    now = time.time()
    found = find(
        {"data": [one()]},
        ANA,
        x_rate_limit_remaining=remaining,
        x_rate_limit_reset=str(int(now) + reset_in),
    )
    assert list(found.accounts) == [ANA]
    assert abs(found.retry_at - now - expected_in) < 5


def test_a_daily_budget_that_is_used_up_counts_too(find):
    reset_at = int(time.time()) + 50_000
    found = find(
        {"data": []},
        ANA,
        x_rate_limit_remaining="299",
        x_rate_limit_reset=str(int(time.time()) + 300),
        x_app_limit_24hour_remaining="0",
        x_app_limit_24hour_reset=str(reset_at),
    )
    assert found.retry_at == reset_at


@pytest.mark.parametrize("remaining", ["1", "299", "", "00x", "-1", None])
def test_any_other_success_says_nothing_of_it(find, remaining):
    headers = {"x_rate_limit_reset": str(int(time.time()) + 300)}
    if remaining is not None:
        headers["x_rate_limit_remaining"] = remaining
    assert find({"data": [one()]}, ANA, **headers).retry_at is None


@covers("F3")
def test_a_refused_one_says_it_as_well(wire, endpoints):
    reset_at = int(time.time()) + 300
    headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(reset_at)}
    wire.script(USERS, reply(429, {}, headers))
    with pytest.raises(RateLimited) as caught:
        look_up(endpoints, TOKEN, [ANA], 5.0)
    assert caught.value.retry_at == reset_at


# === Answers that nobody should send === #

GOOD = {"data": [one(name=CANARY)]}
BODIES = [
    body
    for body in bodies(GOOD)
    # with these X says that it shows nobody
    if not str(body).startswith('{"errors": [')
] + [
    json.dumps(GOOD["data"]),
    json.dumps({"data": one(name=CANARY)}),
    json.dumps({"data": {"1": one(name=CANARY)}}),
    json.dumps({"data": CANARY}),
    json.dumps({"data": 1}),
    json.dumps({"data": True}),
    json.dumps({"data": None}),
    json.dumps({"data": {}, "errors": [gone(ANA)]}),
    json.dumps({"users": GOOD["data"]}),
]


@both
@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:30]))
@covers("R104", "F7")
def test_a_malformed_answer_is_a_typed_error(wire, endpoints, key, call, asked, body):
    wire.script(key, reply(200, body))
    with pytest.raises(TwitterError) as caught:
        call(endpoints, TOKEN, asked, 5.0)
    assert caught.value.code in ("unexpected_answer", "x_unavailable", "x_unreachable")
    assert CANARY not in f"{caught.value.excerpt} {caught.value!r}"


items = st.one_of(
    values,
    st.builds(gone, st.sampled_from([ANA, BIA, CARLA])),
    st.builds(suspended, st.sampled_from([ANA, BIA, CARLA])),
    st.builds(one, st.sampled_from([ANA, BIA, CARLA]), username=values),
    st.fixed_dictionaries(
        {},
        optional={
            name: values | st.sampled_from([ANA, BIA, "user", "Forbidden", "ana"])
            for name in (*one(), *gone(ANA), "field")
        },
    ),
)


@pytest.fixture(scope="module")
def answering():
    """An X whose answer a test sets anew each time."""
    server = Wire()
    yield server, Endpoints(server.base, server.base, MEDIA)
    server.close()


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "data": st.lists(items, max_size=4) | values,
            "errors": st.lists(items, max_size=4) | values,
        },
    )
)
@covers("R106", "F7")
def test_any_document_gives_clean_accounts_or_an_error(answering, document):
    server, endpoints = answering
    server.script(USERS, reply(200, document))
    server.script(BY, reply(200, document))
    try:
        found = look_up(endpoints, TOKEN, [ANA, BIA], 5.0)
    except TwitterError:
        return
    assert set(found.accounts) | set(found.unavailable) <= {ANA, BIA}
    assert set(found.accounts).isdisjoint(found.unavailable)
    assert set(found.unavailable.values()) <= {GONE, SUSPENDED}
    for number, account in found.accounts.items():
        assert account.twitter_id == number and account.username and account.name
    handles = look_up_handles(endpoints, TOKEN, ["ana", "BIA"], 5.0)
    assert set(handles) <= {"ana", "bia"}
    assert all(number.isdecimal() for number in handles.values())


# === Nothing shows the token === #

ECHO = " ".join([TOKEN, quote(TOKEN), unquote(TOKEN), f"Bearer {TOKEN}"])
ECHOES = [
    reply(401, {"detail": ECHO, "title": "Unauthorized"}),
    reply(403, {"errors": [{"message": ECHO}]}),
    reply(403, ECHO, {"Content-Type": "text/plain"}),
    reply(429, ECHO),
    reply(500, {"detail": ECHO}),
    reply(503, f"<html><title>{ECHO}</title></html>"),
    reply(200, {"errors": [{"code": 88, "message": ECHO}]}),
    reply(200, {"data": ECHO}),
    reply(200, f"{{{ECHO}"),
    reply(302, headers={"Location": f"http://127.0.0.1:1/?{TOKEN}"}),
    cut(f"HTTP/1.1 {ECHO}\r\n\r\n".encode()),
    cut(reply(200, ECHO)[:-4]),
    reset(),
    hang,
]


def shown_by(error):
    parts = [str(error), repr(error), repr(vars(error)), repr(error.args)]
    parts += traceback.format_exception(type(error), error, error.__traceback__)
    return "\n".join(parts)


def parts_of(secret):
    """Long enough a part of a secret to be told from chance."""
    return {secret[at : at + 16] for at in range(21, len(secret) - 16, 4)}


@both
@pytest.mark.parametrize("script", ECHOES)
@covers("R117", "T22")
def test_a_failure_shows_no_token(
    wire, endpoints, caplog, monkeypatch, key, call, asked, script
):
    monkeypatch.setattr(transport, "READ_SECONDS", 0.3)
    caplog.set_level(logging.DEBUG)
    wire.script(key, script)
    with pytest.raises(TwitterError) as caught:
        call(endpoints, TOKEN, asked, 5.0)
    shown = shown_by(caught.value) + caplog.text
    for form in (TOKEN, quote(TOKEN), unquote(TOKEN)):
        assert not any(part in shown for part in parts_of(form))
    assert caught.value.__context__ is None and caught.value.__cause__ is None


@both
@pytest.mark.parametrize(
    ("token", "echo"),
    [
        ("open sesame", "open sesame"),
        ("open%20sesame", "open sesame"),
        ("open sesame", "open%20sesame"),
        ("open/sesame", "open%2Fsesame"),
    ],
)
def test_a_token_that_looks_like_a_word_is_hidden_too(
    wire, endpoints, key, call, asked, token, echo
):
    wire.script(key, reply(401, {"detail": f"you sent {echo}, which is none"}))
    with pytest.raises(TokenRejected) as caught:
        call(endpoints, token, asked, 5.0)
    assert caught.value.excerpt == "you sent [...], which is none"


@covers("R117", "T22")
def test_a_success_logs_neither_token_nor_person(wire, find, caplog):
    caplog.set_level(logging.DEBUG)
    found = find({"data": [one()], "errors": [gone(BIA)]}, ANA, BIA)
    assert TOKEN not in caplog.text + repr(found)
    assert "Souza" not in caplog.text and "bearer" not in caplog.text.lower()


# === The picture of one who was looked up === #


def test_the_picture_of_one_who_was_found_can_be_fetched(wire, find):
    wire.script(AVATAR, reply(200, picture("PNG")))
    endpoints = Endpoints(wire.base, wire.base, wire.base)
    wire.script(USERS, reply(200, {"data": [user(wire.base)["data"]]}))
    account = look_up(endpoints, TOKEN, [ANA], 5.0).accounts[ANA]
    assert fetch_picture(endpoints, account.picture, 5.0).startswith(b"\x89PNG")
    assert wire.asked(AVATAR)[0].headers.get("authorization") is None


def test_by_default_a_picture_may_take_four_seconds():
    assert fetch_picture.__defaults__ == (4.0,)
