"""A second database transaction beside the request's own.

What must be true whatever becomes of the request (a state is spent, a try is counted)
is committed here: Odoo rolls the request's transaction back and runs it again when it
loses a race, and a rolled back "spent" would be spent twice.
"""

from contextlib import contextmanager

from psycopg2.pool import PoolError

from odoo.tools import SQL

from .twitter_problem import TwitterProblem

LOCK_TIMEOUT = "3s"
"""How long an own cursor waits for a row. The request's cursor may hold that row while
it waits for us, which PostgreSQL can't see as a deadlock."""


@contextmanager
def own_cursor(env):
    """Open a transaction of its own, committed where the block ends without an error.

    :param odoo.api.Environment env: of the request, which stays as it is.
    :return: context manager of an environment on the new cursor.
    :raise psycopg2.errors.SerializationFailure: another transaction was faster.
    :raise TwitterProblem: ``busy``: no connection is free.
    """
    try:
        own = env.registry.cursor()
    except PoolError as error:
        raise TwitterProblem("busy") from error
    with own as cr:
        cr.execute(SQL("SET LOCAL lock_timeout = %s", LOCK_TIMEOUT))
        yield env(cr=cr)
