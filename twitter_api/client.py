"""One round trip: send a person to X, learn who came back, forget the token.

Source: docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code and
user-access-token; RFC 6749, 4.1 (code); RFC 7636 (PKCE); RFC 7009 (revocation)
"""

import base64
import json
import logging
import random
import secrets
import time
from contextlib import closing
from dataclasses import replace
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import quote, urlencode

from oauthlib.oauth2 import WebApplicationClient
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from .calls import BUDGET_SECONDS, answer_of, whole
from .errors import TwitterError, UnexpectedAnswer
from .media import AVATAR_SECONDS, fetch_picture
from .profile import FIELDS, read_profile
from .scopes import EMAIL, REQUIRED
from .tokens import read_grant, tokens_in
from .transport import Deadline, GuardedAdapter
from .troubles import MADE_UP_CODE_TAKEN
from .values import Authorization

# Kept back for revoking, whatever else takes long; a quarter of a smaller budget.
RESERVE_SECONDS = 2.5
REVOKE_SECONDS = 5.0
RETRY_PAUSE = (0.2, 0.6)
JSON_BYTES = 256 * 1024
STATE_BYTES = 32
VERIFIER_LENGTH = 64

_logger = logging.getLogger(__name__)
# At DEBUG both write headers, bodies and tokens.
for _name in ("requests_oauthlib", "oauthlib"):
    logging.getLogger(_name).setLevel(logging.INFO)


def authorize(endpoints, app, scopes):
    """Begin a round trip: where to send the browser, and what to remember.

    :param Endpoints endpoints: where X lives
    :param App app: the company's app
    :param scopes: see ``scopes_for``
    :return: the address with a state of 256 random bits, which carries nothing, and a
        S256 challenge; the verifier never leaves the server before the exchange
    :rtype: Authorization
    """
    library = WebApplicationClient(app.client_id)
    verifier = library.create_code_verifier(VERIFIER_LENGTH)
    state = secrets.token_urlsafe(STATE_BYTES)
    query = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": app.redirect_uri,
        "scope": " ".join(scopes),
        "state": state,
        "code_challenge": library.create_code_challenge(verifier, "S256"),
        "code_challenge_method": "S256",
    }
    # A space as %20: "+" was reported to fail at X.
    query = urlencode(query, quote_via=quote, safe="")
    url = f"{endpoints.authorize_base}/i/oauth2/authorize?{query}"
    return Authorization(url=url, state=state, code_verifier=verifier)


def read_account(endpoints, app, code, code_verifier, scopes, budget=BUDGET_SECONDS):
    """End a round trip: exchange the code once, read the profile, revoke the token.

    Every token that reached us is revoked before this returns or raises. The picture is
    fetched without a token, and never a reason to fail.

    :param Endpoints endpoints: where X lives
    :param App app: the company's app, with the redirect address of the beginning
    :param str code: X's authorization code; it lives 30 seconds and is spent by this
        call even where it fails
    :param str code_verifier: of the beginning
    :param scopes: of the beginning
    :param float budget: seconds for everything, name resolution aside
    :rtype: Account
    :raise TwitterError: one class per problem code
    """
    if not code:
        raise UnexpectedAnswer()
    with closing(_Visit(endpoints, app, (code, code_verifier), budget)) as visit:
        try:
            granted = visit.exchange(scopes)
            account = visit.account(granted)
        finally:
            visit.revoke()
    seconds = min(AVATAR_SECONDS, visit.deadline.left())
    avatar = fetch_picture(endpoints, account.picture, seconds)
    return replace(account, avatar=avatar or b"")


def probe(endpoints, app, budget=BUDGET_SECONDS):
    """Ask X whether it takes Client ID and Client Secret, without any customer.

    A code that X never gave is exchanged: X looks at the credentials first. That order
    is inferred, not documented; where its answer is neither of the two, nothing is
    known.

    :param Endpoints endpoints: where X lives
    :param App app: the company's app
    :param float budget: seconds for everything, name resolution aside
    :return: the error that it led to: :class:`CodeExpired`: X takes the credentials;
        :class:`ClientCredentials`: it does not; any other: it can't be told
    :rtype: TwitterError
    """
    made_up = (secrets.token_urlsafe(STATE_BYTES), secrets.token_urlsafe(STATE_BYTES))
    with closing(_Visit(endpoints, app, made_up, budget)) as visit:
        try:
            visit.exchange(REQUIRED)
        except TwitterError as error:
            return error
        finally:
            visit.revoke()
    return UnexpectedAnswer(excerpt=MADE_UP_CODE_TAKEN)


class _Visit:
    """The calls of one round trip, and the tokens that came of them."""

    def __init__(self, endpoints, app, proof, budget):
        """Open a session that keeps no cookie and follows no redirect.

        :param tuple proof: authorization code and PKCE verifier
        :param float budget: seconds for everything
        """
        self.deadline = Deadline(budget)
        self._work = Deadline(budget - min(RESERVE_SECONDS, budget / 4))
        self._proof = proof
        self._tokens = []
        credentials = (app.client_id.encode(), app.client_secret.encode())
        # Bytes: requests can't encode a stray character of a pasted secret.
        self._basic = HTTPBasicAuth(*credentials)
        header = base64.b64encode(b":".join(credentials)).decode()
        self._secrets = [*proof, app.client_secret, header]
        self._media_base = endpoints.media_base
        # oauthlib accepts https only; the adapter knows where that means plain http.
        self._api = "https://" + endpoints.api_base.partition("://")[2]
        self._adapter = GuardedAdapter(endpoints.api_base, JSON_BYTES)
        self._session = OAuth2Session(app.client_id, redirect_uri=app.redirect_uri)
        self._session.mount("https://", self._adapter)
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        self._session.headers["Accept"] = "application/json"
        self._session.headers["Accept-Encoding"] = "identity"

    def exchange(self, scopes):
        """Send the code, once: after a failure nobody knows whether X has spent it.

        :return: the granted scopes
        :rtype: frozenset[str]
        """
        code, verifier = self._proof
        granted = []

        def accept(response):
            answer = answer_of(response)
            self._keep_tokens(answer.body)
            grant = read_grant(answer, scopes, self._secrets)
            granted.append(grant.scopes)
            # oauthlib sees only what has been checked: it stumbles over the rest.
            checked = {"access_token": grant.access_token, "token_type": "Bearer"}
            response._content = json.dumps(checked).encode()
            return response

        self._session.register_compliance_hook("access_token_response", accept)
        whole(
            self._adapter,
            self._work,
            lambda: self._session.fetch_token(
                f"{self._api}/2/oauth2/token",
                code=code,
                code_verifier=verifier,
                auth=self._basic,
                # Besides the header: X was seen to ask for it (golang/oauth2#534).
                include_client_id=True,
            ),
            self._keep_tokens,
        )
        # More than was asked for is not what the customer agreed to.
        return granted[0] & frozenset(scopes)

    def account(self, granted):
        """Read who the person is; once more after a pause where X has a fault.

        :param granted: scopes that X gave
        :return: the account without its picture
        :rtype: Account
        """
        asked = (*FIELDS, "confirmed_email") if EMAIL in granted else FIELDS
        answer = self._users_me(asked)
        pause = random.uniform(*RETRY_PAUSE)
        if answer.status >= 500 and self._work.left() > 2 * pause:
            time.sleep(pause)
            answer = self._users_me(asked)
        shown = [*self._secrets, *self._tokens]
        return read_profile(answer, self._media_base, shown)

    def revoke(self):
        """Take back every token. What fails here is logged, and dies in two hours."""
        seconds = min(REVOKE_SECONDS, self.deadline.left())
        for token in self._tokens:
            if not self._revoked(token, Deadline(seconds / len(self._tokens))):
                _logger.warning("X did not confirm that an access token is revoked")

    def close(self):
        """Close every connection."""
        self._session.close()

    def _users_me(self, asked):
        # docs.x.com/x-api/users/user-lookup-me
        response = whole(
            self._adapter,
            self._work,
            lambda: self._session.get(
                f"{self._api}/2/users/me", params={"user.fields": ",".join(asked)}
            ),
        )
        return answer_of(response)

    def _revoked(self, token, deadline):
        for _try in range(2):
            try:
                response = whole(
                    self._adapter,
                    deadline,
                    lambda: self._session.post(
                        f"{self._api}/2/oauth2/revoke",
                        data={"token": token},
                        auth=self._basic,
                        withhold_token=True,
                    ),
                )
            except TwitterError:
                continue
            if response.status_code < 500:
                return response.status_code == 200
        return False

    def _keep_tokens(self, body):
        self._tokens = tokens_in(body)
