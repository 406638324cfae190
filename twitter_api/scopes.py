"""The permissions asked of a customer: the fewest that show who they are.

Source: docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code#scopes
"""

# GET /2/users/me answers 403 when either of the two is missing.
REQUIRED = ("users.read", "tweet.read")
EMAIL = "users.email"


def scopes_for(with_email):
    """Return the scopes of one round trip.

    ``offline.access`` is never among them: no token outlives the round trip.

    :param bool with_email: the company asks for the confirmed e-mail address
    :return: scopes in the order in which they are sent
    :rtype: tuple[str, ...]
    """
    return (*REQUIRED, EMAIL) if with_email else REQUIRED
