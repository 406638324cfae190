"""What can go wrong between us and X, one class per problem code.

The codes are the addon's own closed set; their texts stand in its catalogue. An error
tells what happened, never with what: no token, no code, no secret and no profile.
"""


class TwitterError(Exception):
    """X did not give what was asked for."""

    code = "unexpected_answer"

    def __init__(self, status=None, retry_at=None, excerpt=""):
        """Keep what helps to find the cause.

        :param int status: HTTP status of X's answer, None where there was none
        :param int retry_at: when to try again, in epoch seconds, None if unknown
        :param str excerpt: X's own words on the error, redacted, 200 characters at
            most, or ours where X said nothing; for administrators only
        """
        self.status = status
        self.retry_at = retry_at
        self.excerpt = excerpt
        super().__init__(self.code if status is None else f"{self.code} ({status})")

    @property
    def summary(self):
        """Status and excerpt in one line, for administrators only."""
        return ": ".join(str(part) for part in (self.status, self.excerpt) if part)


class StateUnknown(TwitterError):
    """A callback that can't be the end of a round trip that we began."""

    code = "state_unknown"


class CodeExpired(TwitterError):
    """The authorization code is older than 30 seconds, spent, or another app's."""

    code = "code_expired"


class RedirectUriMismatch(TwitterError):
    """The redirect address differs from the one that the person was sent with."""

    code = "redirect_uri_mismatch"


class VerifierMismatch(TwitterError):
    """The PKCE verifier does not belong to this authorization code."""

    code = "verifier_mismatch"


class ClientCredentials(TwitterError):
    """X does not accept Client ID and Client Secret."""

    code = "client_credentials"


class XUnreachable(TwitterError):
    """No whole answer came: name, connection, certificate, time or a cut."""

    code = "x_unreachable"


class XSilent(XUnreachable):
    """X took no connection, or too much time: the next request would fare the same."""


class XUnavailable(TwitterError):
    """X, or the edge before it, is out of order."""

    code = "x_unavailable"


class RateLimited(TwitterError):
    """Too many requests; ``retry_at`` says when to come again."""

    code = "rate_limited"


class AppNotEnrolled(TwitterError):
    """The app stands in no package of X's developer console."""

    code = "app_not_enrolled"


class AppSuspended(TwitterError):
    """X has suspended the app."""

    code = "app_suspended"


class CreditsDepleted(TwitterError):
    """The developer account has no credits left, or reached its spending limit."""

    code = "credits_depleted"


class AccessLevel(TwitterError):
    """The app's plan does not cover the request."""

    code = "access_level"


class ScopeMissing(TwitterError):
    """The person, or X, granted less than reading the profile takes."""

    code = "scope_missing"


class TokenRejected(TwitterError):
    """X does not accept the token: of a person, or of the app."""

    code = "token_rejected"


class AccountUnavailable(TwitterError):
    """The X account is suspended, locked or gone."""

    code = "account_unavailable"


class UnexpectedAnswer(TwitterError):
    """X answered something that we do not understand."""

    code = "unexpected_answer"
