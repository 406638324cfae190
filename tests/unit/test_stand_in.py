"""The stand-in for X refuses what X refuses.

A stand-in that lets everything pass would make every other test worthless, so each
refusal is shown beside the same request that is accepted.
"""

import base64
import re
import threading
import tracemalloc
from dataclasses import replace
from io import BytesIO
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests
from oauthlib.oauth2 import WebApplicationClient
from PIL import Image
from requests_oauthlib import OAuth2Session

from stand_in import (
    ANA,
    BIA,
    DEFAULT_ACCOUNTS,
    DEMO_BEARER_TOKEN,
    DEMO_CLIENT_ID,
    HOSTILE_ACCOUNTS,
    App,
    Crowd,
    DeadEnd,
    Fault,
    StandIn,
    demo_app,
)
from stand_in.accounts import Accounts
from twitter_api import kind_of_credential

CALLBACK = "http://127.0.0.1:8069/twitter/callback"
OTHER_CALLBACK = "http://127.0.0.1:8069/other/callback"
CLIENT_ID = "Y2xpZW50OjE6Y2k"
SECRET = "the-secret-of-the-app"
APP_TOKEN = "app-only-token"
APP = App(
    client_id=CLIENT_ID,
    client_secret=SECRET,
    redirect_uris=(CALLBACK, OTHER_CALLBACK),
    name="Test Company",
    request_email=True,
    bearer_token=APP_TOKEN,
)
OTHER_APP = App("b3RoZXI6MTpjaQ", "other-secret", (CALLBACK,), name="Other")
SCOPE = "users.read tweet.read"
CODE_INVALID = "Value passed for the authorization code was invalid."
NO_HEADER = "Missing valid authorization header"
TOKEN = "POST /2/oauth2/token"


class Clock:
    """A clock that moves when told, and can be slow to look at.

    The stand-in looks at it between finding a code good and spending it: a pause
    there lets rivals in, unless something keeps them out.
    """

    def __init__(self):
        self.now = 1_800_000_000.0
        self.pause = 0

    def __call__(self):
        if self.pause:
            threading.Event().wait(self.pause)
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def x(clock):
    with StandIn(apps=[APP, OTHER_APP], clock=clock) as stand_in:
        yield stand_in


class Customer:
    """A well-behaved client; each test makes it misbehave in one point."""

    def __init__(self, x, app=APP):
        self.x = x
        self.app = app
        oauth = WebApplicationClient(app.client_id)
        self.verifier = oauth.create_code_verifier(64)
        self.challenge = oauth.create_code_challenge(self.verifier, "S256")

    def authorize_url(self, **changes):
        """The address that sends a browser to X; None leaves a parameter out."""
        parameters = {
            "response_type": "code",
            "client_id": self.app.client_id,
            "redirect_uri": CALLBACK,
            "scope": SCOPE,
            "state": "state-of-this-attempt",
            "code_challenge": self.challenge,
            "code_challenge_method": "S256",
        } | changes
        sent = {key: value for key, value in parameters.items() if value is not None}
        return f"{self.x.base_url}/i/oauth2/authorize?{urlencode(sent)}"

    def code(self, account="ana", **changes):
        """Ask, allow, and take the code from the callback address."""
        callback = self.x.answer(self.authorize_url(**changes), account)
        return dict(parse_qsl(urlsplit(callback).query))["code"]

    def exchange(self, value, auth=(), **changes):
        """Code against token; None leaves a parameter out."""
        body = {
            "grant_type": "authorization_code",
            "client_id": self.app.client_id,
            "code": value,
            "redirect_uri": CALLBACK,
            "code_verifier": self.verifier,
        } | changes
        return post(
            self.x,
            "/2/oauth2/token",
            {key: value for key, value in body.items() if value is not None},
            (self.app.client_id, self.app.client_secret) if auth == () else auth,
        )

    def token(self, account="ana", scope=SCOPE):
        """A fresh access token."""
        answer = self.exchange(self.code(account, scope=scope))
        assert answer.status_code == 200, answer.text
        return answer.json()["access_token"]


@pytest.fixture
def customer(x):
    return Customer(x)


def post(x, path, body, auth):
    return requests.post(x.base_url + path, data=body, auth=auth, timeout=10)


def revoke(x, token, auth=(CLIENT_ID, SECRET)):
    return post(x, "/2/oauth2/revoke", {"token": token}, auth)


def get(x, path, token, **parameters):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.get(
        x.base_url + path, params=parameters, headers=headers, timeout=10
    )


def me(x, token, fields=""):
    parameters = {"user.fields": fields} if fields else {}
    return get(x, "/2/users/me", token, **parameters)


def refused(answer, status, description):
    """X refused with these words, and nothing was issued."""
    assert (answer.status_code, answer.json().get("error_description")) == (
        status,
        description,
    )
    assert answer.headers["Content-Type"] == "application/json"
    assert "access_token" not in answer.text


# the whole way


def test_a_customer_who_allows_becomes_a_profile(x, customer):
    callback = x.answer(customer.authorize_url())
    assert callback.startswith(CALLBACK + "?state=state-of-this-attempt&code=")
    answer = customer.exchange(dict(parse_qsl(urlsplit(callback).query))["code"])
    token = answer.json()
    assert token["token_type"] == "bearer"
    assert token["expires_in"] == 7200
    assert token["scope"] == SCOPE
    assert "refresh_token" not in token
    profile = me(x, token["access_token"]).json()
    assert profile == {
        "data": {"id": ANA.id, "name": "Ana Souza", "username": "ana"},
    }


def test_requests_oauthlib_gets_a_token_from_it(x, customer):
    code = customer.code()
    session = OAuth2Session(CLIENT_ID, redirect_uri=CALLBACK)
    session.mount("https://stand-in/", _PlainHttp(x))
    token = session.fetch_token(
        "https://stand-in/2/oauth2/token",
        code=code,
        auth=requests.auth.HTTPBasicAuth(CLIENT_ID, SECRET),
        include_client_id=True,
        code_verifier=customer.verifier,
    )
    assert token["access_token"] in x.tokens_alive()


class _PlainHttp(requests.adapters.HTTPAdapter):
    """requests-oauthlib wants https; on the loopback address http will do."""

    def __init__(self, x):
        super().__init__()
        self.x = x

    def send(self, request, **options):
        request.url = request.url.replace("https://stand-in", self.x.base_url)
        return super().send(request, **options)

    def get_connection_with_tls_context(self, request, verify, **options):
        return self.poolmanager.connection_from_url(request.url)


def test_the_customer_chooses_which_account(x, customer):
    assert me(x, customer.token("bia")).json()["data"]["id"] == BIA.id


def test_a_code_carries_x_form(customer):
    code = customer.code()
    text = base64.urlsafe_b64decode(code + "=" * (-len(code) % 4)).decode()
    assert re.fullmatch(r"[\w-]+:1800000000000:1:1:ac:1", text)


def test_offline_access_brings_a_refresh_token_that_can_be_revoked(x, customer):
    code = customer.code(scope=SCOPE + " offline.access")
    token = customer.exchange(code).json()
    assert len(x.tokens_alive()) == 2
    revoke(x, token["refresh_token"])
    assert x.tokens_alive() == [token["access_token"]]


# the authorize page


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"redirect_uri": CALLBACK + "/"}, id="slash at the end"),
        pytest.param({"redirect_uri": CALLBACK.upper()}, id="capitals"),
        pytest.param({"redirect_uri": CALLBACK + "?a=1"}, id="query added"),
        pytest.param(
            {"redirect_uri": CALLBACK.replace("http:", "https:")}, id="other scheme"
        ),
        pytest.param(
            {"redirect_uri": CALLBACK.replace("127.0.0.1", "localhost")},
            id="other host",
        ),
        pytest.param({"redirect_uri": None}, id="no redirect address"),
        pytest.param({"client_id": "unknown"}, id="unknown client"),
        pytest.param({"client_id": None}, id="no client"),
        pytest.param({"code_challenge": None}, id="no PKCE"),
        pytest.param({"code_challenge": "short"}, id="malformed challenge"),
        pytest.param({"code_challenge_method": "plain"}, id="plain PKCE"),
        pytest.param({"code_challenge_method": None}, id="PKCE without a method"),
        pytest.param({"response_type": "token"}, id="implicit grant"),
        pytest.param({"response_type": "code token"}, id="hybrid"),
        pytest.param({"response_type": None}, id="no response type"),
        pytest.param({"scope": None}, id="no scope"),
        pytest.param({"scope": SCOPE + " admin.all"}, id="unknown scope"),
        pytest.param({"state": "s" * 501}, id="state of 501 characters"),
        pytest.param({"state": None}, id="no state"),
    ],
)
def test_a_wrong_question_ends_at_x_and_never_comes_back(x, customer, changes):
    with pytest.raises(DeadEnd, match="Something went wrong") as caught:
        x.answer(customer.authorize_url(**changes))
    assert str(caught.value).startswith("400")
    assert "weren't able to give access to the App" in str(caught.value).replace(
        "&#39;", "'"
    )


def test_pressing_the_button_on_a_stale_page_is_checked_again(x, customer):
    url = customer.authorize_url(redirect_uri="http://evil.example/")
    body = {"account": "ana", "decision": "allow"}
    answer = requests.post(url, data=body, timeout=10, allow_redirects=False)
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert x.issued_secrets() == []


def test_a_parameter_sent_twice_ends_at_x(x, customer):
    with pytest.raises(DeadEnd):
        x.answer(customer.authorize_url() + "&state=another")


def test_a_state_of_500_characters_comes_back_whole(x, customer):
    state = "s" * 500
    callback = x.answer(customer.authorize_url(state=state))
    assert dict(parse_qsl(urlsplit(callback).query))["state"] == state


def test_a_state_with_special_characters_comes_back_whole(x, customer):
    state = "a+b c/ü%&=#?"
    callback = x.answer(customer.authorize_url(state=state))
    assert dict(parse_qsl(urlsplit(callback).query))["state"] == state


@pytest.mark.parametrize("decision", ["allow", "cancel"])
def test_no_account_or_an_unknown_one_gets_nowhere(x, customer, decision):
    url = customer.authorize_url()
    with pytest.raises(ValueError, match="does not offer"):
        x.answer(url, account="nobody", decision=decision)
    answer = requests.post(url, data={"decision": "allow"}, timeout=10)
    assert answer.status_code == 400


def test_cancel_comes_back_with_access_denied_and_no_code(x, customer):
    callback = x.answer(customer.authorize_url(), decision="cancel")
    expected = {"error": "access_denied", "state": "state-of-this-attempt"}
    assert dict(parse_qsl(urlsplit(callback).query)) == expected
    assert callback.startswith(CALLBACK + "?")
    assert x.issued_secrets() == []


def test_a_page_that_fails_after_the_button_is_a_dead_end(x, customer):
    x.faults.add("POST /i/oauth2/authorize", Fault(status=500, body="broken"))
    with pytest.raises(DeadEnd, match="500: broken"):
        x.answer(customer.authorize_url())


def test_the_browser_goes_nowhere_else(x):
    with pytest.raises(ValueError, match="does not belong"):
        x.answer("https://x.com/i/oauth2/authorize?client_id=1")


# the token endpoint


def test_a_code_works_once_and_its_second_use_ends_the_token(x, customer):
    code = customer.code()
    token = customer.exchange(code).json()["access_token"]
    assert me(x, token).status_code == 200
    refused(customer.exchange(code), 400, CODE_INVALID)
    assert me(x, token).status_code == 401


def test_of_twenty_exchanges_at_once_one_wins(x, customer, clock):
    code, answers = customer.code(), []
    clock.pause = 0.01
    with x.hold(TOKEN) as held:
        threads = [
            threading.Thread(target=lambda: answers.append(customer.exchange(code)))
            for _ in range(20)
        ]
        for thread in threads:
            thread.start()
        held.wait_arrived(20)
        held.release()
        for thread in threads:
            thread.join()
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [200] + [400] * 19


def test_a_code_lives_thirty_seconds(customer, clock):
    early, late = customer.code(), customer.code()
    clock.now += 29.9
    assert customer.exchange(early).status_code == 200
    clock.now += 0.1
    refused(customer.exchange(late), 400, CODE_INVALID)


def test_a_code_of_another_app_is_worth_nothing(x, customer):
    code = customer.code()
    other = Customer(x, OTHER_APP)
    other.verifier = customer.verifier
    refused(other.exchange(code), 400, CODE_INVALID)


def test_an_invented_code_is_refused(customer):
    refused(customer.exchange("invented"), 400, CODE_INVALID)


def test_the_redirect_address_is_that_of_the_authorize_call(customer):
    words = (
        "Value passed for the redirect uri did not match the uri of the "
        "authorization code."
    )
    code = customer.code()
    refused(customer.exchange(code, redirect_uri=OTHER_CALLBACK), 400, words)
    refused(customer.exchange(code, redirect_uri=CALLBACK + "/"), 400, words)
    assert customer.exchange(code).status_code == 200


@pytest.mark.parametrize("verifier", ["v" * 64, "short", "ä" * 64])
def test_a_wrong_verifier_is_refused(customer, verifier):
    refused(
        customer.exchange(customer.code(), code_verifier=verifier),
        400,
        "Value passed for the code verifier did not match the code challenge.",
    )


@pytest.mark.parametrize("name", ["code_verifier", "code", "redirect_uri", "client_id"])
def test_a_missing_parameter_is_named(customer, name):
    answer = customer.exchange(customer.code(), **{name: None})
    refused(answer, 400, f"Missing required parameter [{name}].")


@pytest.mark.parametrize("grant", ["client_credentials", "refresh_token", "password"])
def test_another_grant_is_refused(customer, grant):
    answer = customer.exchange(customer.code(), grant_type=grant)
    assert answer.status_code == 400
    assert answer.json()["error_description"].startswith(
        "Value passed for the grant type was invalid."
    )


@pytest.mark.parametrize(
    "auth",
    [
        pytest.param(None, id="no header"),
        pytest.param((CLIENT_ID, "wrong"), id="wrong secret"),
        pytest.param((CLIENT_ID, SECRET + "\n"), id="secret with a newline"),
        pytest.param(("unknown", SECRET), id="unknown client"),
        pytest.param((OTHER_APP.client_id, "other-secret"), id="another app's"),
    ],
)
def test_wrong_client_credentials_are_refused(x, customer, auth):
    refused(customer.exchange(customer.code(), auth), 401, NO_HEADER)
    assert x.tokens_alive() == []


def test_a_header_that_is_not_basic_is_refused(x):
    for header in ("Basic", "Basic !!!", "Bearer abc", "Basic " + "gA=="):
        answer = requests.post(
            x.base_url + "/2/oauth2/token",
            data={"grant_type": "authorization_code"},
            headers={"Authorization": header},
            timeout=10,
        )
        refused(answer, 401, NO_HEADER)


@pytest.mark.parametrize("auth", [None, (CLIENT_ID, SECRET)])
def test_a_secret_in_the_body_is_refused_with_and_without_a_header(customer, auth):
    answer = customer.exchange(customer.code(), auth, client_secret=SECRET)
    refused(answer, 401, NO_HEADER)


def test_who_asks_is_checked_before_what_is_asked(customer):
    answer = customer.exchange("invented", None, grant_type="password")
    refused(answer, 401, NO_HEADER)


@pytest.mark.parametrize(
    ("content_type", "status"),
    [("application/x-www-form-urlencoded", 200), ("text/plain", 400)],
)
def test_the_body_has_to_be_sent_as_a_form(x, customer, content_type, status):
    form = {
        "grant_type": "authorization_code",
        "client_id": CLIENT_ID,
        "code": customer.code(),
        "redirect_uri": CALLBACK,
        "code_verifier": customer.verifier,
    }
    answer = requests.post(
        x.base_url + "/2/oauth2/token",
        data=urlencode(form).encode(),
        headers={"Content-Type": content_type},
        auth=(CLIENT_ID, SECRET),
        timeout=10,
    )
    assert answer.status_code == status


def test_parameters_in_the_address_are_refused(x, customer):
    answer = requests.post(
        x.base_url + "/2/oauth2/token?code=abc", auth=(CLIENT_ID, SECRET), timeout=10
    )
    assert answer.status_code == 400


def test_the_token_endpoint_takes_post_only(x):
    assert get(x, "/2/oauth2/token", "").status_code == 405


def test_a_verifier_that_is_too_short_is_refused_though_it_matches(x, customer):
    customer.verifier = "short"
    oauth = WebApplicationClient(CLIENT_ID)
    customer.challenge = oauth.create_code_challenge("short", "S256")
    assert customer.exchange(customer.code()).status_code == 400
    assert x.tokens_alive() == []


# the user's profile


@pytest.mark.parametrize("scope", ["users.read", "tweet.read", "users.email"])
def test_a_missing_scope_is_forbidden(x, customer, scope):
    answer = me(x, customer.token(scope=scope))
    assert answer.status_code == 403
    assert answer.json() == {
        "title": "Forbidden",
        "type": "about:blank",
        "status": 403,
        "detail": "Forbidden",
    }


def test_a_revoked_token_is_refused(x, customer):
    token = customer.token()
    assert me(x, token).status_code == 200
    answer = revoke(x, token)
    assert (answer.status_code, answer.json()) == (200, {"revoked": True})
    answer = me(x, token)
    assert answer.status_code == 401
    assert answer.json() == {
        "title": "Unauthorized",
        "type": "about:blank",
        "status": 401,
        "detail": "Unauthorized",
    }


def test_a_token_lives_two_hours(x, customer, clock):
    token = customer.token()
    clock.now += 7199
    assert me(x, token).status_code == 200
    clock.now += 1
    assert me(x, token).status_code == 401
    assert x.tokens_alive() == []


@pytest.mark.parametrize("token", ["", "invented"])
def test_no_token_or_an_invented_one_is_refused(x, token):
    assert me(x, token).status_code == 401


def test_a_token_in_the_address_is_refused(x, customer):
    answer = get(x, "/2/users/me", "", access_token=customer.token())
    assert answer.status_code == 401


def test_the_app_token_may_not_ask_who_it_is(x):
    answer = me(x, APP_TOKEN)
    assert answer.status_code == 403
    assert answer.json()["title"] == "Unsupported Authentication"


def test_the_fields_asked_for_come_and_no_others(x, customer):
    fields = "profile_image_url,verified,verified_type,protected,created_at"
    data = me(x, customer.token("bia"), fields).json()["data"]
    assert set(data) == set(fields.split(",")) | {"id", "name", "username"}
    assert (data["verified"], data["verified_type"]) == (True, "blue")


def test_an_unknown_field_or_parameter_is_named(x, customer):
    token = customer.token()
    answer = me(x, token, "name,shoe_size")
    assert answer.status_code == 400
    assert "value [shoe_size] is not one of" in answer.json()["errors"][0]["message"]
    assert get(x, "/2/users/me", token, shoe="1").status_code == 400


@pytest.mark.parametrize(
    ("account", "scope", "request_email", "expected"),
    [
        pytest.param("ana", SCOPE + " users.email", True, ANA.email, id="all three"),
        pytest.param("ana", SCOPE, True, None, id="no scope"),
        pytest.param("ana", SCOPE + " users.email", False, None, id="switch off"),
        pytest.param("bia", SCOPE + " users.email", True, None, id="no address"),
    ],
)
def test_the_email_needs_scope_switch_and_address(
    x, customer, account, scope, request_email, expected
):
    x.register(replace(APP, request_email=request_email))
    data = me(x, customer.token(account, scope), "confirmed_email").json()["data"]
    assert data.get("confirmed_email") == expected
    assert ("confirmed_email" in data) is (expected is not None)


def test_a_suspended_account_answers_200_with_errors_only(x, customer):
    token = customer.token()
    x.put_account(replace(ANA, suspended=True))
    answer = me(x, token)
    assert answer.status_code == 200
    assert list(answer.json()) == ["errors"]


def test_a_deleted_account_ends_its_tokens(x, customer):
    token = customer.token()
    x.remove_account(ANA)
    assert me(x, token).status_code == 401


def test_a_new_handle_keeps_the_id(x, customer):
    token = customer.token()
    x.put_account(replace(ANA, username="ana_souza"))
    data = me(x, token).json()["data"]
    assert (data["id"], data["username"]) == (ANA.id, "ana_souza")


@pytest.mark.parametrize("account", HOSTILE_ACCOUNTS, ids=lambda a: a.username)
def test_hostile_names_come_through_as_they_are(account):
    with StandIn([APP], accounts=HOSTILE_ACCOUNTS) as x:
        token = Customer(x).token(account.username)
        assert me(x, token).json()["data"]["name"] == account.name


# revocation


@pytest.mark.parametrize("auth", [None, (CLIENT_ID, "wrong")])
def test_a_stranger_revokes_nothing(x, customer, auth):
    token = customer.token()
    refused(revoke(x, token, auth), 401, NO_HEADER)
    assert x.tokens_alive() == [token]


def test_another_app_revokes_nothing(x, customer):
    token = customer.token()
    answer = revoke(x, token, (OTHER_APP.client_id, OTHER_APP.client_secret))
    assert answer.status_code == 400
    assert x.tokens_alive() == [token]


def test_revoking_an_unknown_token_is_fine_and_none_is_not(x):
    assert revoke(x, "unknown").json() == {"revoked": True}
    refused(revoke(x, ""), 400, "Missing required parameter [token].")


# lookup by id


def test_a_lookup_tells_found_suspended_and_gone_apart(x):
    x.put_account(replace(BIA, suspended=True))
    ids = f"{ANA.id},{BIA.id},12345"
    body = get(x, "/2/users", APP_TOKEN, ids=ids).json()
    assert [user["id"] for user in body["data"]] == [ANA.id]
    suspended, gone = body["errors"]
    assert suspended["detail"] == f"User has been suspended: [{BIA.id}]."
    assert suspended["title"] == "Forbidden"
    assert gone["detail"] == "Could not find user with ids: [12345]."
    assert gone["title"] == "Not Found Error"


def test_a_lookup_that_finds_nobody_has_no_data(x):
    assert list(get(x, "/2/users", APP_TOKEN, ids="1").json()) == ["errors"]


@pytest.mark.parametrize(
    ("count", "status"), [(0, 400), (1, 200), (100, 200), (101, 400)]
)
def test_a_lookup_takes_one_to_a_hundred_ids(x, count, status):
    ids = ",".join(str(number) for number in range(1, count + 1))
    assert get(x, "/2/users", APP_TOKEN, ids=ids).status_code == status


def test_a_lookup_wants_numbers_and_a_token(x, customer):
    assert get(x, "/2/users", APP_TOKEN, ids="ana").status_code == 400
    assert get(x, "/2/users", "", ids=ANA.id).status_code == 401
    narrow = customer.token(scope="users.read")
    assert get(x, "/2/users", narrow, ids=ANA.id).status_code == 403
    assert get(x, "/2/users", customer.token(), ids=ANA.id).status_code == 200


# lookup by handle


def by(x, token, usernames):
    return get(x, "/2/users/by", token, usernames=usernames)


def test_a_handle_is_found_in_any_case(x):
    body = by(x, APP_TOKEN, "ANA,bia").json()
    assert [user["id"] for user in body["data"]] == [ANA.id, BIA.id]
    assert "errors" not in body


def test_a_lookup_by_handle_tells_suspended_and_gone_apart(x):
    x.put_account(replace(BIA, suspended=True))
    body = by(x, APP_TOKEN, "bia,nobody").json()
    suspended, gone = body["errors"]
    assert suspended["detail"] == "User has been suspended: [bia]."
    assert gone["detail"] == "Could not find user with usernames: [nobody]."
    assert {item["parameter"] for item in body["errors"]} == {"usernames"}
    assert "data" not in body


def test_a_freed_handle_can_be_taken_by_another_account(x):
    x.put_account(replace(ANA, username="ana_souza"))
    assert "data" not in by(x, APP_TOKEN, "ana").json()
    x.put_account(replace(BIA, username="Ana"))
    assert by(x, APP_TOKEN, "ana").json()["data"][0]["id"] == BIA.id
    x.remove_account(BIA)
    assert "data" not in by(x, APP_TOKEN, "ana").json()


def test_a_handle_that_two_have_is_the_one_s_that_came_last(x):
    x.put_account(replace(BIA, username="ana"))
    assert by(x, APP_TOKEN, "ana").json()["data"][0]["id"] == BIA.id
    x.put_account(ANA)
    assert by(x, APP_TOKEN, "ana").json()["data"][0]["id"] == ANA.id


@pytest.mark.parametrize(
    ("count", "status"), [(0, 400), (1, 200), (100, 200), (101, 400)]
)
def test_a_lookup_takes_one_to_a_hundred_handles(x, count, status):
    names = ",".join(f"name_{number}" for number in range(count))
    assert by(x, APP_TOKEN, names).status_code == status


@pytest.mark.parametrize("name", ["a" * 16, "@ana", "an a", "\u00e1na", "ana\n", "a-b"])
def test_one_that_is_no_handle_costs_the_whole_answer(x, name):
    assert by(x, APP_TOKEN, f"ana,{name}").status_code == 400


def test_a_lookup_by_handle_wants_a_token(x, customer):
    assert by(x, "", "ana").status_code == 401
    assert by(x, customer.token(scope="users.read"), "ana").status_code == 403
    assert by(x, customer.token(), "ana").status_code == 200


# a crowd


@pytest.fixture
def crowded():
    with StandIn(apps=[APP], accounts=Crowd(100_000)) as stand_in:
        yield stand_in


def test_each_of_a_hundred_thousand_can_be_looked_up_either_way(crowded):
    ids = list(Crowd(100_000))
    found = get(crowded, "/2/users", APP_TOKEN, ids=",".join(ids[-100:])).json()
    assert [user["id"] for user in found["data"]] == ids[-100:]
    assert found["data"][-1]["username"] == "crowd99999"
    named = by(crowded, APP_TOKEN, "crowd0,CROWD99999,crowd100000,crowd007").json()
    assert [user["id"] for user in named["data"]] == [ids[0], ids[-1]]
    assert [item["value"] for item in named["errors"]] == ["crowd100000", "crowd007"]


@pytest.mark.parametrize("user_id", ["0", "1599999999999999999", "1600000000000100000"])
def test_nobody_else_is_in_a_crowd(crowded, user_id):
    assert "data" not in get(crowded, "/2/users", APP_TOKEN, ids=user_id).json()


def test_one_of_a_crowd_can_change_and_go(crowded):
    first, second = list(Crowd(2).values())
    crowded.put_account(replace(first, username="renamed"))
    crowded.remove_account(second)
    body = get(crowded, "/2/users", APP_TOKEN, ids=f"{first.id},{second.id}").json()
    assert [user["username"] for user in body["data"]] == ["renamed"]
    assert [item["value"] for item in body["errors"]] == [second.id]
    named = by(crowded, APP_TOKEN, "crowd0,crowd1,renamed").json()
    assert [user["id"] for user in named["data"]] == [first.id]


def test_one_of_a_crowd_has_a_picture(crowded):
    path = f"/profile_images/{Crowd(9)['1600000000000000008'].picture_path}_normal.jpg"
    assert requests.get(crowded.base_url + path, timeout=10).status_code == 200


def test_one_who_joins_a_crowd_can_sign_in(crowded):
    crowded.put_account(ANA)
    assert me(crowded, Customer(crowded).token()).json()["data"]["id"] == ANA.id


def test_a_crowd_takes_no_memory(crowded):
    tracemalloc.start()
    parts = [list(Crowd(100_000))[at : at + 100] for at in (0, 50_000)]
    before = tracemalloc.get_traced_memory()[0]
    accounts = Accounts(Crowd(100_000))
    assert all(accounts.get(user_id) for _ in range(50) for user_id in sum(parts, []))
    used = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert used < 100_000


# pictures


@pytest.mark.parametrize(
    ("ending", "side"), [("_normal", 48), ("_bigger", 73), ("_400x400", 400)]
)
def test_a_picture_is_a_jpeg_of_its_size(x, customer, ending, side):
    url = me(x, customer.token(), "profile_image_url").json()["data"][
        "profile_image_url"
    ]
    assert re.fullmatch(x.base_url + r"/profile_images/\d+/[0-9a-f]+_normal\.jpg", url)
    answer = requests.get(url.replace("_normal", ending), timeout=10)
    assert answer.headers["Content-Type"] == "image/jpeg"
    image = Image.open(BytesIO(answer.content))
    assert (image.format, image.size) == ("JPEG", (side, side))


def test_a_new_picture_ends_the_old_address(x):
    old = f"{x.base_url}/profile_images/{ANA.picture_path}_normal.jpg"
    assert requests.get(old, timeout=10).status_code == 200
    x.put_account(replace(ANA, picture=2))
    assert requests.get(old, timeout=10).status_code == 404


@pytest.mark.parametrize("account", HOSTILE_ACCOUNTS, ids=lambda a: a.username)
def test_every_name_can_be_drawn(account):
    with StandIn(accounts=HOSTILE_ACCOUNTS) as x:
        path = f"/profile_images/{account.picture_path}_normal.jpg"
        assert requests.get(x.base_url + path, timeout=10).status_code == 200


# rate limits


def test_the_rate_limit_counts_down_ends_and_begins_again(x, customer, clock):
    x.limits.set("GET /2/users/me", user=2)
    token = customer.token()
    left = [me(x, token).headers["x-rate-limit-remaining"] for _ in range(2)]
    assert left == ["1", "0"]
    answer = me(x, token)
    assert answer.status_code == 429
    assert answer.json()["title"] == "Too Many Requests"
    assert answer.headers["x-rate-limit-limit"] == "2"
    assert answer.headers["x-rate-limit-reset"] == str(int(clock.now) + 900)
    assert me(x, customer.token("bia")).status_code == 200
    clock.now += 900
    assert me(x, token).status_code == 200


def test_the_usual_limits_are_those_of_x(x, customer):
    token = customer.token()
    assert me(x, token).headers["x-rate-limit-limit"] == "75"
    for lookup in (
        get(x, "/2/users", APP_TOKEN, ids=ANA.id),
        get(x, "/2/users/by", APP_TOKEN, usernames="ana"),
    ):
        assert lookup.headers["x-rate-limit-limit"] == "300"
        assert lookup.headers["x-rate-limit-remaining"] == "299"
    assert by(x, token, "ana").headers["x-rate-limit-limit"] == "900"


def test_the_limit_of_a_lookup_can_be_raised(x):
    x.limits.set("GET /2/users", user=900, app=100_000)
    lookup = get(x, "/2/users", APP_TOKEN, ids=ANA.id)
    assert lookup.headers["x-rate-limit-remaining"] == "99999"


# what a test can ask


def test_calls_are_kept_in_order_with_the_hash_of_the_code(x, customer):
    first = customer.code()
    customer.exchange(first)
    customer.exchange(first)
    good, bad = [call for call in x.calls if call.key == TOKEN]
    assert (good.status, bad.status) == (200, 400)
    assert good.code_hash == bad.code_hash != ""
    assert first not in repr(x.calls)
    assert x.count(TOKEN) == 2
    assert x.count("POST /2/oauth2/*") == 2
    assert x.count("GET /2/users/me") == 0


def test_it_is_kept_how_often_each_was_looked_up_and_nothing_else_of_it(x):
    get(x, "/2/users", APP_TOKEN, ids=f"{ANA.id},{BIA.id}")
    get(x, "/2/users", APP_TOKEN, ids=f"{ANA.id},12345")
    by(x, APP_TOKEN, "ana")
    get(x, "/2/users/me", APP_TOKEN, ids=ANA.id)
    get(x, "/2/users", APP_TOKEN, ids=APP_TOKEN, usernames="bia")
    assert x.asked() == {ANA.id: 2, BIA.id: 1, "12345": 1}
    assert x.asked("GET /2/users/by") == {"ana": 1}
    assert APP_TOKEN not in repr(x.calls)


def test_all_secrets_are_known_and_none_is_shown(x, customer):
    code = customer.code()
    token = customer.exchange(code).json()["access_token"]
    assert x.issued_secrets() == [code, token]
    assert set(x.sent_secrets()) == {"state-of-this-attempt", customer.verifier}
    assert SECRET not in repr(APP)
    revoke(x, token)
    assert x.issued_secrets() == [code, token]


def test_an_app_can_be_added_after_the_start(customer):
    with StandIn() as x:
        late = Customer(x)
        with pytest.raises(DeadEnd):
            late.code()
        x.register(APP)
        assert late.token()


def test_the_console_saves_no_eleventh_callback_and_no_fragment():
    ten = tuple(f"{CALLBACK}/{number}" for number in range(10))
    assert App("a", "b", ten)
    with pytest.raises(ValueError, match="at most 10"):
        App("a", "b", (*ten, CALLBACK))
    with pytest.raises(ValueError, match="fragment"):
        App("a", "b", (CALLBACK + "#part",))


def test_the_demo_app_has_an_id_of_a_confidential_client():
    assert base64.urlsafe_b64decode(DEMO_CLIENT_ID).endswith(b":1:ci")
    assert demo_app([CALLBACK]).redirect_uris == (CALLBACK,)


def test_the_demo_app_has_a_bearer_token_in_x_form():
    assert demo_app([CALLBACK]).bearer_token == DEMO_BEARER_TOKEN
    assert kind_of_credential(DEMO_BEARER_TOKEN) == "bearer_token"
    assert len(DEMO_BEARER_TOKEN) >= 110
    with StandIn([demo_app([CALLBACK])]) as x:
        assert get(x, "/2/users", DEMO_BEARER_TOKEN, ids=ANA.id).status_code == 200


def test_the_accounts_differ_where_a_float_would_not():
    assert float(ANA.id) == float(BIA.id)
    assert len({account.id for account in DEFAULT_ACCOUNTS}) == len(DEFAULT_ACCOUNTS)
    assert len({account.picture_path for account in DEFAULT_ACCOUNTS}) == 4


# faults where it matters whether X has acted


def test_a_fault_after_the_act_leaves_a_token_that_nobody_got(x, customer):
    x.faults.add(TOKEN, Fault(status=500, body=b"", after=True))
    code = customer.code()
    assert customer.exchange(code).status_code == 500
    assert len(x.tokens_alive()) == 1
    refused(customer.exchange(code), 400, CODE_INVALID)


def test_a_fault_before_the_act_leaves_the_code_unspent(x, customer):
    x.faults.add(TOKEN, Fault(status=500))
    code = customer.code()
    assert customer.exchange(code).status_code == 500
    assert x.tokens_alive() == []
    assert customer.exchange(code).status_code == 200


def test_a_connection_cut_after_the_act_leaves_a_token_that_nobody_got(x, customer):
    x.faults.add(TOKEN, Fault(cut="before", after=True))
    code = customer.code()
    with pytest.raises(requests.ConnectionError):
        customer.exchange(code)
    assert len(x.tokens_alive()) == 1


@pytest.mark.parametrize(("after", "tokens"), [(False, 0), (True, 1)])
def test_a_hold_stops_the_request_or_only_its_answer(x, customer, after, tokens):
    code, answers = customer.code(), []
    with x.hold(TOKEN, after=after) as held:
        thread = threading.Thread(
            target=lambda: answers.append(customer.exchange(code))
        )
        thread.start()
        held.wait_arrived()
        assert (len(x.tokens_alive()), answers, x.calls[-1].status) == (
            tokens,
            [],
            None,
        )
        held.release()
        thread.join()
    assert answers[0].status_code == 200


# the accounts of the demo -----------------------------------------------------------


@pytest.fixture
def demo():
    with StandIn([demo_app([CALLBACK])], demo=True) as x:
        yield x


def change(x, **values):
    form = {"id": ANA.id, "username": "ana", "name": "Ana", "state": "available"}
    return requests.post(
        f"{x.base_url}/accounts",
        data={**form, **values},
        allow_redirects=False,
        timeout=5,
    )


def looked_up(x):
    header = {"Authorization": f"Bearer {DEMO_BEARER_TOKEN}"}
    url = f"{x.base_url}/2/users"
    query = {"ids": ANA.id, "user.fields": "protected"}
    return requests.get(url, params=query, headers=header, timeout=5).json()


def test_an_account_is_renamed_by_hand(demo):
    assert change(demo, username="ana_new", name="Ana S.").status_code == 303
    assert "@ana_new" in requests.get(f"{demo.base_url}/accounts", timeout=5).text
    user = looked_up(demo)["data"][0]
    assert (user["username"], user["name"]) == ("ana_new", "Ana S.")


def test_an_account_is_protected_suspended_and_deleted_by_hand(demo):
    change(demo, state="protected")
    assert looked_up(demo)["data"][0]["protected"] is True
    change(demo, state="suspended")
    assert "suspended" in looked_up(demo)["errors"][0]["detail"]
    change(demo, state="deleted")
    assert "Could not find" in looked_up(demo)["errors"][0]["detail"]
    assert change(demo).status_code == 404


def test_what_x_would_not_take_is_told(demo):
    answer = change(demo, username="no handle")
    assert answer.status_code == 400
    assert "a handle has 1 to 15 letters" in answer.text
    assert looked_up(demo)["data"][0]["username"] == "ana"


def test_only_the_demo_changes_accounts_by_hand():
    with StandIn([demo_app([CALLBACK])]) as x:
        assert requests.get(f"{x.base_url}/accounts", timeout=5).status_code == 404
