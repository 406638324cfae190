"""The tests of the round trip in one copy: `python -m mutation.odoo_tests [TEMPLATE]`.

:param TEMPLATE: the database to copy; without, the copy's own is made
"""

import subprocess
import sys

import databases
import postgres
import testing
from home import LINK, ROOT, stop_by_signals
from launch import link_addon

INSIDE = ("callback", "link", "portal", "rights", "ticket")
OUTSIDE = ("sign_out", "tabs", "limits", "rivals", "races")


def main(template):
    """Run the tests until one fails; return pytest's exit code."""
    stop_by_signals()
    link_addon()
    with postgres.running(), databases.temporary("mutant", parent=template) as database:
        _plain, inside, outside = testing.runs(database)
        chosen = [
            LINK / "helpdesk_twitter_identity/tests" / f"test_{n}.py" for n in INSIDE
        ]
        code = _pytest(inside.options, chosen)
        if not code:
            chosen = [ROOT / "tests/process" / f"test_{name}.py" for name in OUTSIDE]
            code = _pytest(outside.options, chosen)
        return code


def _pytest(options, files):
    command = [sys.executable, "-m", "pytest", *options, *files]
    command += ["-x", "-p", "no:cacheprovider", "--tb=short"]
    return subprocess.run(
        [str(word) for word in command], cwd=ROOT, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
