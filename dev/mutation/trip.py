"""The models of the round trip, judged inside Odoo and then by a real server.

A copy is judged by the test commands of its own `dev/`, so nothing here needs to know
where Odoo finds its addons.
"""

import contextlib
import os
import re
import subprocess
import sys

import databases
from home import ROOT, Failure, say, stop_by_signals, tree_hash

from .record import KILLED, SURVIVED, TIMEOUT, Verdict
from .workers import Work, said

NAME = "models"
SAMPLED = True
PROGRESS = 5
MODELS = (
    *("twitter_oauth_transaction", "twitter_link_request", "twitter_link_code"),
    *("twitter_identity", "twitter_rate_limit", "twitter_consent"),
    *("visitor", "own_cursor"),
)
CODE = ("controllers", "data", "models", "security", "twitter_api", "views", "wizard")
# Both kinds of tests take two minutes where nothing fails.
PATIENCE_SECONDS = 600
LATE = 124
_NOTICED = re.compile(r"^(?:FAILED|ERROR) \S*?(tests/\S+)", re.MULTILINE)


def files():
    """Return the files to mutate."""
    return [f"models/{name}.py" for name in MODELS]


def code():
    """Name the state of the code."""
    return "".join(tree_hash(ROOT / part)[:6] for part in CODE)


def tests():
    """Name the state of what judges it."""
    return tree_hash(ROOT / "tests") + tree_hash(ROOT / "dev/stand_in")


@contextlib.contextmanager
def judging(workers):
    """Have a judge.

    :raise Failure: a test fails without a change
    """
    judge = _Judge()
    say("Running the tests of the round trip unchanged")
    [outcome] = workers.run_all([Work(None, _judge, (judge.template,))])
    if outcome.code:
        log = workers.copies[-1].with_suffix(".log")
        raise Failure(f"They fail without a change: see {log}.")
    yield judge


class _Judge:
    """Knows which database a mutant needs."""

    def __init__(self):
        """Prepare the database of those that change none."""
        self.template = databases.template("addon")

    def work(self, mutant):
        """Return the work of judging a mutant.

        What stands outside of functions may change tables: then Odoo makes them anew.
        """
        template = self.template if mutant.in_function else ""
        return Work(mutant, _judge, (template,), mutant.file, mutant.code)

    def verdict(self, outcome):
        """Read the outcome of that work."""
        kind = {0: SURVIVED, LATE: TIMEOUT}.get(outcome.code, KILLED)
        seconds = round(outcome.seconds, 2)
        return Verdict(outcome.what.name, kind, outcome.said, seconds)


def _judge(copy, template):
    """Run the copy's own tests, in a worker's process."""
    stop_by_signals()
    path = str(copy / "dev")
    environment = dict(os.environ, PYTHONPATH=path, TEST_ROUNDS="1")
    command = [sys.executable, "-m", "mutation.odoo_tests", template]
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)
    try:
        code = process.wait(PATIENCE_SECONDS)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        # As by Ctrl-C: the servers of tests are in sessions of their own.
        process.terminate()
        process.wait()
        return LATE
    noticed = _NOTICED.search(copy.with_suffix(".log").read_text(errors="replace"))
    said(copy).write_text(noticed[1] if noticed else "")
    return code
