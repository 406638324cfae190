"""Keep what authenticates out of the log.

Odoo's access log, its routing, its RPC trace, its tracebacks and its SQL errors print
addresses and values as they come. One filter cuts our secrets out of them: on the
handlers of the log, past which nothing gets, and on the loggers that other handlers may
be hung on.
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
    r"(/twitter/(?:callback|link|confirm|resume|undo|sign_in|sign_up))"
    r"(?P<path>/(?!continue\b)[^\s/?#'\"]+)?(?P<rest>(?:/[a-z_]+)?)(?P<query>\?[^\s'\"]*)?"
)
STATEMENT = re.compile(r"(twitter_|mail_mail|mail_message).*", re.DOTALL)
# Strangers choose what is logged, as much as they like: no pattern may look at a text
# again for each place where it could begin.
SETTING = re.compile(
    r"""(twitter_(?:client_secret|bearer_token)(?:_kept)?['"]?\s*[:=]\s*)(['"]).*?\2"""
)
ROW = re.compile(
    r'(relation "(?:twitter_\w+|res_company|mail_mail|mail_message)"'
    r'(?:(?!relation ").)*?DETAIL:).*',
    re.DOTALL,
)
"""What PostgreSQL says of a row that it refuses: all its values."""


def _cut_address(match):
    path = "/[redacted]" if match["path"] else ""
    query = "?[redacted]" if match["query"] else ""
    return f"{match[1]}{path}{match['rest']}{query}"


def redact(text):
    """Cut tokens, references, states, codes and secrets out of a text.

    :param str text: anything that is about to be logged.
    """
    text = ADDRESS.sub(_cut_address, text)
    text = SETTING.sub(r"\1\2[redacted]\2", text)
    return ROW.sub(r"\1 [redacted]", text)


class RedactingFilter(logging.Filter):
    """Rewrites a record before it is written; lets each one through."""

    def filter(self, record):
        message = self._message(record)
        cut = redact(message)
        if record.name == "odoo.sql_db":
            cut = STATEMENT.sub(r"\1 [redacted]", cut)
        if cut != message:
            record.msg, record.args = cut, ()
        if record.exc_info and not record.exc_text:
            # Formatters take the text that is there before they make their own.
            record.exc_text = redact(TRACEBACKS.formatException(record.exc_info))
        return True

    def _message(self, record):
        """The text of a record.

        An error in a filter reaches the code that logs, unlike one in a handler; and a
        handler would print the arguments past us.
        """
        try:
            return record.getMessage()
        except Exception:
            # Whatever the text form of somebody's object raises.
            place = f"{record.pathname}:{record.lineno}"
            record.msg, record.args = f"[arguments of {place} do not fit]", ()
            return record.msg


TRACEBACKS = logging.Formatter()


def install():
    """Add the filter where it is missing, however often the module is loaded."""
    loggers = [logging.getLogger(name) for name in LOGGERS]
    for place in (*loggers, *logging.getLogger().handlers):
        if not any(isinstance(old, RedactingFilter) for old in place.filters):
            place.addFilter(RedactingFilter())
