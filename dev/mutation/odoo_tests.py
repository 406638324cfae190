"""The tests of the round trip in one copy: `python -m mutation.odoo_tests [TEMPLATE]`.

:param TEMPLATE: the database to copy; without, the copy's own is made
"""

import os
import sys

import databases
import postgres
import testing
from home import ADDON, LINK, stop_by_signals
from launch import link_addon

INSIDE = (
    *("callback", "link", "portal", "rights", "ticket", "resume", "wrong_account"),
    *("limits", "silence", "same_account", "unknown_writer", "insiders", "strangers"),
    *("sign_up", "context"),
)
OUTSIDE = ("sign_out", "tabs", "limits", "rate_limits", "rivals", "races")


def main(template):
    """Run the tests until one fails; return pytest's exit code."""
    stop_by_signals()
    link_addon()
    with postgres.running(), databases.temporary("mutant", parent=template) as database:
        _plain, inside, outside = testing.runs(database)
        code = _pytest(inside, LINK / ADDON / "tests", INSIDE)
        return code or _pytest(outside, outside.folder, OUTSIDE)


def _pytest(run, folder, names):
    files = [folder / f"test_{name}.py" for name in names]
    command = [sys.executable, "-m", "pytest", *run.options, *files]
    command += ["-x", "-p", "no:cacheprovider", "--tb=short"]
    return testing.run_pytest(map(str, command), os.environ)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
