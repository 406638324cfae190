"""The OAuth 2.0 server: oauthlib decides, this module knows X's rules and keeps books.

Authorization Code with PKCE: RFC 6749 section 4.1, RFC 7636; revocation: RFC 7009;
X's rules: docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code and
…/user-access-token.
"""

import base64
import binascii
import hmac
import re
import secrets
import threading
from dataclasses import dataclass, field

from oauthlib.common import add_params_to_uri
from oauthlib.oauth2 import RequestValidator, WebApplicationServer
from oauthlib.oauth2.rfc6749.errors import (
    CustomOAuth2Error,
    InvalidRequestFatalError,
    OAuth2Error,
)

from .answers import TOKEN_ANSWERS, Answer, missing_parameter

CODE_SECONDS = 30
TOKEN_SECONDS = 7200
STATE_LENGTH = 500

# X's scopes in words that a customer understands (authorization-code#scopes).
SCOPES = {
    "tweet.read": "See the posts that you can see, protected ones included",
    "tweet.write": "Post and repost for you",
    "tweet.moderate.write": "Hide and show replies to your posts",
    "users.email": "See the e-mail address that you confirmed at X",
    "users.read": "See your profile: name, @handle and picture",
    "follows.read": "See whom you follow and who follows you",
    "follows.write": "Follow and unfollow accounts for you",
    "offline.access": "Stay connected until you revoke it",
    "space.read": "See the Spaces that you can see",
    "mute.read": "See the accounts that you muted",
    "mute.write": "Mute and unmute accounts for you",
    "like.read": "See the posts that you liked",
    "like.write": "Like and unlike posts for you",
    "list.read": "See your lists, private ones included",
    "list.write": "Create and manage lists for you",
    "block.read": "See the accounts that you blocked",
    "block.write": "Block and unblock accounts for you",
    "bookmark.read": "See your bookmarks",
    "bookmark.write": "Create and delete bookmarks for you",
    "dm.read": "Read your direct messages",
    "dm.write": "Send direct messages for you",
    "media.write": "Upload pictures and videos for you",
}

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}\Z")  # RFC 7636 section 4.2, SHA-256
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}\Z")  # RFC 7636 section 4.1


def refusal(answer):
    """X's words as an error that oauthlib hands through."""
    body = answer.body
    return CustomOAuth2Error(
        body["error"],
        description=body["error_description"],
        status_code=answer.status,
    )


def make_secret(kind, now):
    """A code or token in X's form: base64 of ``<random>:<epoch ms>:1:1:<kind>:1``.

    :param kind: ``ac`` code, ``at`` access token, ``rt`` refresh token
    """
    text = f"{secrets.token_urlsafe(32)}:{int(now * 1000)}:1:1:{kind}:1"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@dataclass(frozen=True)
class Code:
    """An authorization code and all that it is bound to."""

    value: str = field(repr=False)
    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    account_id: str
    challenge: str = field(repr=False)
    issued_at: float


@dataclass(frozen=True)
class Token:
    """An access or refresh token."""

    value: str = field(repr=False)
    client_id: str
    account_id: str
    scopes: tuple[str, ...]
    issued_at: float
    code: str = field(repr=False)
    kind: str = "at"


class Book:
    """Every code and token ever issued. The lock makes a code single use."""

    def __init__(self, clock):
        self.clock = clock
        self.lock = threading.RLock()
        self.codes = {}
        self.spent = set()
        self.tokens = {}
        self.revoked = set()

    def live_code(self, value, client_id):
        """The code, unless it is unknown, spent, late or another app's."""
        code = self.codes.get(value)
        if code is None or code.client_id != client_id:
            return None
        if value in self.spent or self.clock() - code.issued_at >= CODE_SECONDS:
            return None
        return code

    def live_token(self, value):
        """The access token, unless it is unknown, revoked or two hours old."""
        with self.lock:
            token = self.tokens.get(value)
            if token is None or token.kind != "at" or value in self.revoked:
                return None
            return token if self._young(token) else None

    def _young(self, token):
        """Access tokens end; refresh tokens outlive every test."""
        return token.kind != "at" or self.clock() - token.issued_at < TOKEN_SECONDS

    def revoke_family(self, code_value):
        """RFC 6749 section 4.1.2: a code used twice takes its tokens with it."""
        self.revoked |= {
            token.value for token in self.tokens.values() if token.code == code_value
        }

    def alive(self):
        """Tokens that were issued, not revoked and not yet past their time."""
        with self.lock:
            return [
                token.value
                for token in self.tokens.values()
                if token.value not in self.revoked and self._young(token)
            ]

    def secrets(self):
        """Every code and token, dead ones included."""
        with self.lock:
            return [*self.codes, *self.tokens]


class XValidator(RequestValidator):
    """Answers oauthlib's questions as X would."""

    def __init__(self, book, apps):
        super().__init__()
        self.book = book
        self.apps = apps

    # the authorize page

    def validate_client_id(self, client_id, request, *args, **kwargs):
        """Is the app registered?"""
        request.client = self.apps.get(client_id)
        return request.client is not None

    def validate_redirect_uri(self, client_id, redirect_uri, request, *args, **kwargs):
        """Byte for byte, the slash at the end included (developer-apps)."""
        return redirect_uri in self.apps[client_id].redirect_uris

    def get_default_redirect_uri(self, client_id, request, *args, **kwargs):
        """X knows no default: the address has to be sent."""

    def get_default_scopes(self, client_id, request, *args, **kwargs):
        """X knows no default scope either."""
        return []

    def validate_response_type(
        self, client_id, response_type, client, request, *args, **kwargs
    ):
        """``code`` and nothing else."""
        return response_type == "code"

    def validate_scopes(self, client_id, scopes, client, request, *args, **kwargs):
        """At least one scope, all of them X's."""
        return bool(scopes) and set(scopes) <= set(SCOPES)

    def is_pkce_required(self, client_id, request):
        """X supports the code grant with PKCE only."""
        return True

    def save_authorization_code(self, client_id, code, request, *args, **kwargs):
        """Write down what the code is bound to."""
        value = code["code"]
        self.book.codes[value] = Code(
            value=value,
            client_id=client_id,
            redirect_uri=request.redirect_uri,
            scopes=tuple(request.scopes),
            account_id=request.user,
            challenge=request.code_challenge,
            issued_at=self.book.clock(),
        )

    # who asks

    def authenticate_client(self, request, *args, **kwargs):
        """By Basic header alone; a secret in the body is refused, header or not."""
        client_id, secret = _basic(request.headers.get("Authorization", ""))
        app = self.apps.get(client_id)
        good = app is not None and hmac.compare_digest(
            app.client_secret.encode(), secret.encode()
        )
        other = request.client_id not in (None, "", client_id)
        if not good or other or request.client_secret is not None:
            raise refusal(TOKEN_ANSWERS["client_auth_missing"])
        request.client = app
        return True

    def validate_grant_type(
        self, client_id, grant_type, client, request, *args, **kwargs
    ):
        """Only the code grant is played here."""
        return grant_type == "authorization_code"

    # the code

    def validate_code(self, client_id, code, client, request, *args, **kwargs):
        """Known, this app's, unspent and younger than 30 seconds."""
        found = self.book.live_code(code, client.client_id)
        if found is None:
            if code in self.book.spent:
                self.book.revoke_family(code)
            raise refusal(TOKEN_ANSWERS["code_invalid"])
        request.user = found.account_id
        request.scopes = list(found.scopes)
        return True

    def get_code_challenge(self, code, request):
        """The challenge of the authorize call."""
        return self.book.codes[code].challenge

    def get_code_challenge_method(self, code, request):
        """The authorize page lets nothing else pass."""
        return "S256"

    def confirm_redirect_uri(
        self, client_id, code, redirect_uri, client, request, *args, **kwargs
    ):
        """The same address as in the authorize call."""
        if redirect_uri != self.book.codes[code].redirect_uri:
            raise refusal(TOKEN_ANSWERS["redirect_uri_mismatch"])
        return True

    def invalidate_authorization_code(self, client_id, code, request, *args, **kwargs):
        """Once is all."""
        self.book.spent.add(code)

    # the token

    def save_bearer_token(self, token, request, *args, **kwargs):
        """Write down what was issued."""
        for kind, key in (("at", "access_token"), ("rt", "refresh_token")):
            if key in token:
                value = token[key]
                self.book.tokens[value] = Token(
                    value=value,
                    client_id=request.client.client_id,
                    account_id=request.user,
                    scopes=tuple(request.scopes),
                    issued_at=self.book.clock(),
                    code=request.code,
                    kind=kind,
                )

    def revoke_token(self, token, token_type_hint, request, *args, **kwargs):
        """RFC 7009 section 2.1: an unknown one is fine, another app's is refused."""
        found = self.book.tokens.get(token)
        if found is None:
            return
        if found.client_id != request.client.client_id:
            raise refusal(TOKEN_ANSWERS["token_invalid"])
        self.book.revoked.add(token)


def _basic(header):
    """Name and password of a Basic header (RFC 7617), or two empty strings."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        text = base64.b64decode(value.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    name, _, password = text.partition(":")
    return name, password


class XServer(WebApplicationServer):
    """oauthlib's server with X's order of checks and X's words."""

    def __init__(self, book, apps):
        self.book = book
        super().__init__(
            XValidator(book, apps),
            token_generator=lambda request: make_secret("at", book.clock()),
            token_expires_in=TOKEN_SECONDS,
        )
        self.grant_types.pop("refresh_token")
        grant = self.auth_grant
        grant.refresh_token = False
        grant.register_code_modifier(self._dress_code)
        grant.register_token_modifier(self._dress_token)
        grant.custom_validators.pre_auth.append(_check_state)
        grant.custom_validators.pre_auth.append(_check_challenge)
        grant.custom_validators.pre_token.append(_check_parameters)

    def _dress_code(self, grant, token_handler, request):
        """X's form of a code, and the state first, as in X's callback."""
        code = make_secret("ac", self.book.clock())
        return {"state": request.state, "code": code}

    def _dress_token(self, token, token_handler, request):
        """X writes ``bearer`` small; a refresh token only with ``offline.access``."""
        token["token_type"] = "bearer"
        if "offline.access" in request.scopes:
            token["refresh_token"] = make_secret("rt", self.book.clock())
        return token

    def validate_token_request(self, request):
        """X looks at who asks before it looks at what is asked."""
        self._raise_on_invalid_client(request)
        return super().validate_token_request(request)

    def validate_revocation_request(self, request):
        """The same order here."""
        self._raise_on_invalid_client(request)
        if not request.token:
            raise refusal(missing_parameter("token"))
        return super().validate_revocation_request(request)

    def check_authorize(self, uri):
        """What the authorize page may show.

        :return: the granted scopes and oauthlib's request
        :raise OAuth2Error: X shows its dead-end page and never redirects back
        """
        with self.book.lock:
            try:
                scopes, info = self.validate_authorization_request(uri)
            except ValueError as error:
                # oauthlib's word for a query string that is not form-encoded
                raise InvalidRequestFatalError(str(error)) from error
        return scopes, info["request"]

    def allow(self, uri, scopes, account_id):
        """The person pressed "Authorize app".

        :return: the address with the code
        """
        with self.book.lock:
            headers, _, _ = self.create_authorization_response(
                uri, scopes=scopes, credentials={"user": account_id}
            )
        return headers["Location"]

    def deny(self, request):
        """The person pressed "Cancel" (RFC 6749 section 4.1.2.1).

        :param request: as ``check_authorize`` returned it
        :return: the callback address with ``access_denied``
        """
        parameters = [("error", "access_denied"), ("state", request.state)]
        return add_params_to_uri(request.redirect_uri, parameters)

    def exchange(self, uri, body, headers):
        """Code against token.

        :return: an Answer with X's body
        """
        with self.book.lock:
            try:
                _, text, status = self.create_token_response(uri, "POST", body, headers)
            except OAuth2Error as error:
                text, status = error.json, error.status_code
        return _in_words_of_x(Answer(status, text))

    def revoke(self, uri, body, headers):
        """End a token. X's body is that of its own SDKs, the docs name none.

        :return: an Answer
        """
        with self.book.lock:
            try:
                _, text, status = self.create_revocation_response(
                    uri, "POST", body, headers
                )
            except OAuth2Error as error:
                text, status = error.json, error.status_code
        return Answer(status, {"revoked": True} if status == 200 else text)


# oauthlib's errors that stand for one thing only in this flow
_WORDS = {
    '{"error": "invalid_grant"}': TOKEN_ANSWERS["verifier_mismatch"],
    '{"error": "unsupported_grant_type"}': TOKEN_ANSWERS["grant_type_invalid"],
}


def _in_words_of_x(answer):
    """Put X's wording in place of oauthlib's."""
    return _WORDS.get(answer.body, answer)


def _check_state(request):
    """State is sent and has at most 500 characters (authorization-code#parameters).

    That it must be sent at all is our strictness: without it nothing guards the
    callback (RFC 9700 section 4.7).
    """
    if not request.state or len(request.state) > STATE_LENGTH:
        raise InvalidRequestFatalError("state is missing or too long")
    return {}


def _check_challenge(request):
    """PKCE with S256 and a challenge in the form of RFC 7636 section 4.2.

    X also takes ``plain``; RFC 9700 section 2.1.1 tells clients not to use it.
    """
    if request.code_challenge_method != "S256":
        raise InvalidRequestFatalError("code_challenge_method is not S256")
    if not _CHALLENGE.match(request.code_challenge or ""):
        raise InvalidRequestFatalError("code_challenge is missing or malformed")
    return {}


def _check_parameters(request):
    """All parameters are there, and the verifier has the form of a verifier.

    The client id is wanted in the body too, although the Basic header says it and
    docs.x.com does not ask for it: without it X answered "Missing required parameter
    [client_id]." [golang/oauth2#534; kg0r0's article of 2021 on Twitter OAuth 2.0].
    A client that sends both is right either way.
    """
    sent = dict(request.decoded_body or ())
    for name in ("client_id", "code", "redirect_uri", "code_verifier"):
        if not sent.get(name):
            raise refusal(missing_parameter(name))
    if not _VERIFIER.match(request.code_verifier):
        raise refusal(TOKEN_ANSWERS["verifier_mismatch"])
