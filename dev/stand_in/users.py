"""GET /2/users/me, /2/users and /2/users/by, as X's OpenAPI 2.167 has them.

docs.x.com/x-api/users/lookup/introduction and /fundamentals/data-dictionary.
"""

import re

from .answers import (
    API_ANSWERS,
    Answer,
    invalid_request,
    user_not_found,
    user_suspended,
)

MAX_VALUES = 100
LOOKUPS = {"/2/users": "ids", "/2/users/by": "usernames"}
_FORMS = {"ids": "^[0-9]{1,19}$", "usernames": "^[A-Za-z0-9_]{1,15}$"}
USER_SCOPES = {"users.read", "tweet.read"}
EMAIL_SCOPE = "users.email"
USER_FIELDS = (
    "confirmed_email",
    "connection_status",
    "created_at",
    "description",
    "entities",
    "id",
    "is_identity_verified",
    "location",
    "name",
    "parody",
    "profile_banner_url",
    "profile_image_url",
    "protected",
    "public_metrics",
    "receives_your_dm",
    "subscribes_to_you",
    "subscription",
    "subscription_type",
    "url",
    "username",
    "verified",
    "verified_followers_count",
    "verified_type",
    "withheld",
)
DEFAULT_FIELDS = {"id", "name", "username"}


class Refused(Exception):
    """X answers with an error. Its headers go along (rate limits)."""

    def __init__(self, answer, headers=()):
        super().__init__(answer.status)
        self.answer = answer
        self.headers = dict(headers)


class Users:
    """Looks accounts up for whoever may see them."""

    def __init__(self, book, apps, accounts, limits, media_base):
        self.book = book
        self.apps = apps
        self.accounts = accounts
        self.limits = limits
        self.media_base = media_base

    def me(self, authorization, query):
        """The user of the token.

        :param authorization: the header
        :param query: the parameters
        :return: body and headers
        :raise Refused: with X's answer
        """
        token, app = self._who(authorization)
        if app is not None:
            raise Refused(API_ANSWERS["me_app_only"])
        account = self._of(token)
        fields = _fields(query, ())
        caller = (token.client_id, token.account_id)
        headers = self._spend("GET /2/users/me", caller, False)
        if account.suspended:
            return {"errors": [user_suspended(account.id)]}, headers
        return {"data": self._view(account, fields, token)}, headers

    def by_ids(self, authorization, query):
        """Up to a hundred users; those that can't be shown stand in ``errors``."""
        return self._look_up("/2/users", self.accounts.get, authorization, query)

    def by_usernames(self, authorization, query):
        """The same for handles, in any case."""
        return self._look_up("/2/users/by", self.accounts.named, authorization, query)

    def _look_up(self, path, find, authorization, query):
        token, app = self._who(authorization)
        if app is None:
            self._of(token)
        name = LOOKUPS[path]
        values = _values(query, name)
        fields = _fields(query, (name,))
        caller = app.client_id if app else (token.client_id, token.account_id)
        headers = self._spend(f"GET {path}", caller, app is not None)
        found = {value: find(value) for value in values}
        data = [a for a in found.values() if a and not a.suspended]
        errors = [
            user_suspended(value, name) if account else user_not_found(value, name)
            for value, account in found.items()
            if account is None or account.suspended
        ]
        body = {"data": [self._view(a, fields, None) for a in data], "errors": errors}
        return {key: value for key, value in body.items() if value}, headers

    def _who(self, authorization):
        """A user's token or an app; RFC 6750 section 2.1: in the header only."""
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() != "bearer" or not value:
            raise Refused(API_ANSWERS["me_unauthorized"])
        token = self.book.live_token(value)
        for app in list(self.apps.values()):
            if token is None and app.bearer_token and app.bearer_token == value:
                return None, app
        if token is None:
            raise Refused(API_ANSWERS["me_unauthorized"])
        return token, None

    def _of(self, token):
        """The token's account, if its scopes suffice: both, or 403."""
        if not USER_SCOPES <= set(token.scopes):
            raise Refused(API_ANSWERS["me_forbidden_scope"])
        account = self.accounts.get(token.account_id)
        if account is None:
            raise Refused(API_ANSWERS["me_unauthorized"])
        return account

    def _spend(self, key, caller, app_only):
        """Count the request; at the end of the budget 429."""
        standing = self.limits.spend(key, caller, app_only)
        if standing.exhausted:
            body = API_ANSWERS["rate_limited_v2"].body
            raise Refused(Answer(429, body), standing.headers())
        return standing.headers()

    def _view(self, account, fields, token):
        """The user object with the fields asked for that the account has."""
        picture = f"{self.media_base()}/profile_images/{account.picture_path}"
        known = {
            "id": account.id,
            "name": account.name,
            "username": account.username,
            "created_at": account.created_at,
            "profile_image_url": picture + "_normal.jpg",
            "protected": account.protected,
            "verified": account.verified_type != "none",
            "verified_type": account.verified_type,
        }
        if self._may_see_email(account, token):
            known["confirmed_email"] = account.email
        return {key: known[key] for key in known if key in fields}

    def _may_see_email(self, account, token):
        """Scope, the app's switch and a confirmed address: all three, else absent."""
        if token is None or EMAIL_SCOPE not in token.scopes or not account.email:
            return False
        app = self.apps.get(token.client_id)
        return app is not None and app.request_email


def _fields(query, others):
    """The fields to show: the three defaults and what ``user.fields`` names."""
    allowed = [*others, "user.fields", "expansions", "tweet.fields", "post.fields"]
    for name in query:
        if name not in allowed:
            text = f"The query parameter [{name}] is not one of [{','.join(allowed)}]"
            raise _bad(name, query[name], text)
    wanted = [name for name in query.get("user.fields", "").split(",") if name]
    for name in wanted:
        if name not in USER_FIELDS:
            text = (
                f"The `user.fields` query parameter value [{name}] is not one of "
                f"[{','.join(USER_FIELDS)}]"
            )
            raise _bad("user.fields", query["user.fields"], text)
    return DEFAULT_FIELDS | set(wanted)


def asked_in(path, query):
    """The ids or handles in a request, as far as they can be any."""
    if path not in LOOKUPS:
        return ()
    name = LOOKUPS[path]
    values = query.get(name, "").split(",")
    return tuple(value for value in values if re.fullmatch(_FORMS[name], value))


def _values(query, name):
    """The ids or handles asked for: 1 to 100."""
    values = [value for value in query.get(name, "").split(",") if value]
    if not 1 <= len(values) <= MAX_VALUES:
        text = (
            f"The number of values in the `{name}` query parameter list "
            f"[{len(values)}] is not between 1 and {MAX_VALUES}"
        )
        raise _bad(name, query.get(name, ""), text)
    for value in values:
        if not re.fullmatch(_FORMS[name], value):
            text = f"The `{name}` query parameter value [{value}] does not match "
            raise _bad(name, value, text + _FORMS[name])
    return list(dict.fromkeys(values))


def _bad(name, value, message):
    """X's 400 for a parameter."""
    item = {"parameters": {name: [value]}, "message": message}
    return Refused(invalid_request([item]))
