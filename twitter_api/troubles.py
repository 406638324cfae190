"""Why there is no whole answer of X, in words of our own.

Those of a library may repeat what X sent. The addon tells administrators each of these
in their own language.
"""

ANSWER_TOO_LARGE = "answer too large"
CONNECTION_BROKEN = "connection broken"
LATE = "no whole answer in time"
MADE_UP_CODE_TAKEN = "X took a code that it never gave"
NAME_NOT_RESOLVED = "name not resolved"
NO_CONNECTION = "no connection"
NO_CONNECTION_IN_TIME = "no connection in time"
PRIVATE_NETWORK = "the name leads into a private network"
PROXY_FAILED = "the proxy refused or did not answer"
REQUEST_REFUSED = "request refused"
TLS_FAILED = "TLS failed"
UNKNOWN_CODING = "answer in an unknown coding"

NEVER_SENT = frozenset(
    {
        NAME_NOT_RESOLVED,
        NO_CONNECTION,
        NO_CONNECTION_IN_TIME,
        PRIVATE_NETWORK,
        TLS_FAILED,
    }
)
"""Where X has not even been asked."""
