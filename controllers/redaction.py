"""Keep what authenticates out of the log.

Odoo's access log, its CSRF warning, its stack dumps and its SQL errors print addresses
and values as they come. One filter on those loggers cuts our secrets out of them.
"""

import logging
import re

LOGGERS = (
    "werkzeug",
    "odoo.http",
    "odoo.tools.misc",
    "odoo.service.server",
    "odoo.addons.base.models.ir_http",
    "odoo.sql_db",
)
ADDRESS = re.compile(
    r"(/twitter/(?:callback|link|confirm|resume))"
    r"(?P<path>/(?!continue\b)[^\s/?#'\"]+)?(?P<rest>(?:/[a-z_]+)?)(?P<query>\?[^\s'\"]*)?"
)
STATEMENT = re.compile(
    r"(twitter_|mail_mail|mail_message).*",
    re.DOTALL,
)


def _cut_address(match):
    path = "/[redacted]" if match["path"] else ""
    query = "?[redacted]" if match["query"] else ""
    return f"{match[1]}{path}{match['rest']}{query}"


def redact(text):
    """Cut tokens, references, states and codes out of addresses.

    :param str text: anything that is about to be logged.
    """
    return ADDRESS.sub(_cut_address, text)


class RedactingFilter(logging.Filter):
    """Rewrites a record before any handler sees it; lets each one through."""

    def filter(self, record):
        message = record.getMessage()
        cut = redact(message)
        if record.name == "odoo.sql_db":
            cut = STATEMENT.sub(r"\1 [redacted]", cut)
        if cut != message:
            record.msg, record.args = cut, ()
        return True


def install():
    """Add the filter once to each logger, however often the module is loaded."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(old, RedactingFilter) for old in logger.filters):
            logger.addFilter(RedactingFilter())
