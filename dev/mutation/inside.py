"""The models, judged inside Odoo and then by a real server.

A copy is judged by the test commands of its own `dev/`, so nothing here needs to know
where Odoo finds its addons.
"""

import contextlib
import os
import re
import subprocess
import sys
from dataclasses import dataclass

import databases
from home import ROOT, Failure, say, stop_by_signals, tree_hash

from .record import KILLED, SURVIVED, TIMEOUT, Verdict
from .workers import Work, said

CODE = ("controllers", "data", "models", "security", "twitter_api", "views", "wizard")
# Both kinds of tests take two minutes where nothing fails.
PATIENCE_SECONDS = 600
LATE = 124
_NOTICED = re.compile(r"^(?:FAILED|ERROR) \S*?(tests/\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Part:
    """Some models, and the tests that have to notice what breaks in them."""

    NAME: str
    models: tuple
    SAMPLED = True
    PROGRESS = 5

    def files(self):
        """Return the files to mutate."""
        return [f"models/{name}.py" for name in self.models]

    def code(self):
        """Name the state of the code."""
        return "".join(tree_hash(ROOT / part)[:6] for part in CODE)

    def tests(self):
        """Name the state of what judges it."""
        return tree_hash(ROOT / "tests") + tree_hash(ROOT / "dev/stand_in")

    @contextlib.contextmanager
    def judging(self, workers):
        """Have a judge.

        :raise Failure: a test fails without a change
        """
        judge = _Judge(self.NAME)
        say("Running the tests of these models unchanged")
        unchanged = Work(None, _judge, (self.NAME, judge.template))
        [outcome] = workers.run_all([unchanged])
        if outcome.code:
            log = workers.copies[-1].with_suffix(".log")
            raise Failure(f"They fail without a change: see {log}.")
        yield judge


TRIP = Part(
    "models",
    (
        *("twitter_oauth_transaction", "twitter_link_request", "twitter_link_code"),
        *("twitter_identity", "twitter_rate_limit", "twitter_consent"),
        *("visitor", "own_cursor"),
    ),
)
SERVICE = Part(
    "service",
    (
        *("twitter_help", "twitter_link_event", "twitter_set_up"),
        *("twitter_set_up_check", "ir_websocket"),
    ),
)
TRUST = Part(
    "trust",
    (
        *("twitter_refresh", "twitter_erasure", "twitter_undo", "twitter_data"),
        "twitter_consent_text",
    ),
)
SIGN_IN = Part(
    "sign_in",
    ("twitter_sign_in", "twitter_sign_up", "twitter_password_mail", "res_users"),
)


class _Judge:
    """Knows which database a mutant needs."""

    def __init__(self, name):
        """Prepare the database of those that change none.

        :param name: of the part
        """
        self.name = name
        self.template = databases.template("addon")

    def work(self, mutant):
        """Return the work of judging a mutant.

        What stands outside of functions may change tables: then Odoo makes them anew.
        """
        template = self.template if mutant.in_function else ""
        arguments = (self.name, template)
        return Work(mutant, _judge, arguments, mutant.file, mutant.code)

    def verdict(self, outcome):
        """Read the outcome of that work."""
        kind = {0: SURVIVED, LATE: TIMEOUT}.get(outcome.code, KILLED)
        seconds = round(outcome.seconds, 2)
        return Verdict(outcome.what.name, kind, outcome.said, seconds)


def _judge(copy, name, template):
    """Run the copy's own tests, in a worker's process."""
    stop_by_signals()
    path = str(copy / "dev")
    environment = dict(os.environ, PYTHONPATH=path, TEST_ROUNDS="1")
    command = [sys.executable, "-m", "mutation.odoo_tests", name, template]
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
