"""What X is known to answer when something is wrong.

The wording is X's; tests script these by name with ``Fault.known``. Error shapes:
docs.x.com/x-api/fundamentals/response-codes-and-errors and RFC 6749 section 5.2.
What is not in X's documentation was reported by developers in public threads, the
thread stands beside it.
"""

import json
from dataclasses import dataclass

JSON = "application/json"
PROBLEM = "application/problem+json"
PROBLEMS = "https://api.twitter.com/2/problems/"


@dataclass(frozen=True)
class Answer:
    """Status, body and headers of one answer. A dict as body is sent as JSON."""

    status: int
    body: dict | str
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()

    def payload(self):
        """The body in bytes."""
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        return text.encode()


def oauth_error(description, error="invalid_request", status=400):
    """The OAuth error family: ``{"error": …, "error_description": …}``."""
    return Answer(status, {"error": error, "error_description": description})


def missing_parameter(name):
    """X names the parameter in brackets. [tweepy/tweepy#2014, golang/oauth2#534]"""
    return oauth_error(f"Missing required parameter [{name}].")


def problem(status, title, detail="", content_type=JSON):
    """The problem family without a type of its own."""
    body = {"title": title, "type": "about:blank", "status": status}
    return Answer(status, body | {"detail": detail or title}, content_type)


def invalid_request(errors):
    """A parameter that X does not accept: 400, one item for each."""
    body = {
        "errors": errors,
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": PROBLEMS + "invalid-request",
    }
    return Answer(400, body)


_WINDOW = (
    ("x-rate-limit-limit", "75"),
    ("x-rate-limit-remaining", "0"),
    ("x-rate-limit-reset", "1705420800"),
)
_DAY = (
    ("x-user-limit-24hour-limit", "25"),
    ("x-user-limit-24hour-remaining", "0"),
    ("x-user-limit-24hour-reset", "1705420800"),
)

TOKEN_ANSWERS = {
    # plhery/node-twitter-api-v2#496
    "code_invalid": oauth_error("Value passed for the authorization code was invalid."),
    "redirect_uri_mismatch": oauth_error(
        "Value passed for the redirect uri did not match the uri of the "
        "authorization code."
    ),
    # xdevplatform/twitter-api-typescript-sdk#26
    "verifier_mismatch": oauth_error(
        "Value passed for the code verifier did not match the code challenge."
    ),
    "verifier_missing": missing_parameter("code_verifier"),
    "token_invalid": oauth_error("Value passed for the token was invalid."),
    "grant_type_invalid": oauth_error(
        "Value passed for the grant type was invalid. Grant type should be one of "
        "[authorization_code, refresh_token]."
    ),
    # tweepy/tweepy#2035, plhery/node-twitter-api-v2#319
    "client_auth_missing": oauth_error(
        "Missing valid authorization header", "unauthorized_client", 401
    ),
}

API_ANSWERS = {
    "me_unauthorized": problem(401, "Unauthorized"),
    # florianmartens/passport-twitter-oauth2.0#1
    "me_forbidden_scope": problem(403, "Forbidden"),
    "me_app_only": Answer(
        403,
        {
            "title": "Unsupported Authentication",
            "detail": "Authenticating with OAuth 2.0 Application-Only is forbidden "
            "for this endpoint. Supported authentication types are "
            "[OAuth 1.0a User Context, OAuth 2.0 User Context].",
            "type": PROBLEMS + "unsupported-authentication",
            "status": 403,
        },
        PROBLEM,
    ),
    # xdevplatform/samples#153
    "client_not_enrolled": Answer(
        403,
        {
            "client_id": "101010101",
            "detail": "When authenticating requests to the Twitter API v2 endpoints, "
            "you must use keys and tokens from a Twitter developer App that is "
            "attached to a Project. You can create a project via the developer "
            "portal.",
            "registration_url": "https://developer.twitter.com/en/docs/projects/"
            "overview",
            "title": "Client Forbidden",
            "required_enrollment": "Appropriate Level of API Access",
            "reason": "client-not-enrolled",
            "type": PROBLEMS + "client-forbidden",
        },
        PROBLEM,
    ),
    # cursor/plugins#270
    "user_not_enrolled": Answer(
        403,
        {
            "type": "https://api.x.com/2/problems/client-forbidden",
            "title": "Client Forbidden",
            "detail": "This request is billed to the authenticated user. Create a "
            "developer account at the Developer Console and enroll it in "
            "Pay-per-use.",
            "reason": "user-not-enrolled",
            "registration_url": "https://console.x.com",
            "required_enrollment": "Pay-per-use",
        },
        PROBLEM,
    ),
    # tryethernal/ethernal#1324
    "credits_depleted": Answer(
        402,
        {
            "account_id": 2051096097834344448,
            "title": "CreditsDepleted",
            "detail": "Your enrolled account [2051096097834344448] does not have any "
            "credits to fulfill this request.",
            "type": PROBLEMS + "credits",
        },
        JSON + "; charset=utf-8",
    ),
    "plan_gone": problem(
        403, "Forbidden", "Your account is not permitted to access this feature."
    ),
    # hippogamesunity/SimpleSignIn#11
    "oauth2_not_permitted": problem(
        403, "Forbidden", "You are not permitted to use OAuth2 on this endpoint"
    ),
    "access_level_453": Answer(
        403,
        {
            "errors": [
                {
                    "message": "You currently have access to a subset of X API V2 "
                    "endpoints and limited v1.1 endpoints (e.g. media post, oauth) "
                    "only. If you need access to this endpoint, you may need a "
                    "different access level. You can learn more here: "
                    "https://developer.x.com/en/portal/product",
                    "code": 453,
                }
            ]
        },
    ),
    # docs.x.com/x-api/fundamentals/error-codes of 2025, code 416
    "app_suspended": Answer(
        401, {"errors": [{"code": 416, "message": "Invalid / suspended application"}]}
    ),
    # blorm-network/ZerePy#73
    "rate_limited_v2": Answer(
        429, problem(429, "Too Many Requests").body, headers=_WINDOW
    ),
    # docs.x.com/x-api/fundamentals/rate-limits
    "rate_limited_docs": Answer(
        429,
        {"errors": [{"code": 88, "message": "Rate limit exceeded"}]},
        headers=_WINDOW,
    ),
    "rate_limited_daily": Answer(
        429, problem(429, "Too Many Requests").body, headers=_DAY
    ),
    "server_error": problem(
        500,
        "Internal Server Error",
        "Something is broken. This is usually a temporary error, for example in a "
        "high load situation or if an endpoint is temporarily having issues. Check "
        "in the developer forums in case others are having similar issues, or try "
        "again later. ",
    ),
    # tweepy/tweepy#2237
    "service_unavailable_text": Answer(503, "Service Unavailable", "text/plain"),
    # What an edge in front of a site answers; not seen from X itself.
    "edge_html": Answer(
        403,
        "<!DOCTYPE html><html><head><title>Just a moment...</title></head>"
        "<body></body></html>",
        "text/html",
    ),
}

ANSWERS = TOKEN_ANSWERS | API_ANSWERS


def user_not_found(value, parameter="ids"):
    """The item for an id or a handle that belongs to nobody (any more)."""
    return {
        "value": value,
        "detail": f"Could not find user with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": "user",
        "parameter": parameter,
        "resource_id": value,
        "type": PROBLEMS + "resource-not-found",
    }


def user_suspended(value, parameter="ids"):
    """The item for a suspended account: same type, other title."""
    return user_not_found(value, parameter) | {
        "title": "Forbidden",
        "detail": f"User has been suspended: [{value}].",
    }
