"""The tests of one part in one copy: `python -m mutation.odoo_tests PART [TEMPLATE]`.

:param PART: a key of :data:`INSIDE`
:param TEMPLATE: the database to copy; without, the copy's own is made
"""

import os
import sys

import databases
import postgres
import testing
from home import ADDON, LINK, stop_by_signals
from launch import link_addon

INSIDE = {
    "models": (
        *("callback", "link", "portal", "rights", "ticket", "resume"),
        *("wrong_account", "limits", "silence", "same_account", "unknown_writer"),
        *("insiders", "strangers", "sign_up", "context"),
    ),
    "service": (
        *("set_up", "set_up_check", "timeline", "help", "live", "catalogue"),
        *("funnel", "x_answers"),
    ),
    "trust": ("refresh", "erasure", "undo", "data", "consent", "x_rules"),
    "sign_in": ("sign_in", "sign_up_with_x", "sign_up"),
}
OUTSIDE = {
    "models": ("sign_out", "tabs", "limits", "rate_limits", "rivals", "races"),
    "service": (),
    "trust": ("refresh",),
    "sign_in": ("sign_in",),
}


def main(part, template):
    """Run the tests until one fails; return pytest's exit code."""
    stop_by_signals()
    link_addon()
    with postgres.running(), databases.temporary("mutant", parent=template) as database:
        _plain, inside, outside = testing.runs(database)
        code = _pytest(inside, LINK / ADDON / "tests", INSIDE[part])
        return code or _pytest(outside, outside.folder, OUTSIDE[part])


def _pytest(run, folder, names):
    if not names:
        return 0
    files = [folder / f"test_{name}.py" for name in names]
    command = [sys.executable, "-m", "pytest", *run.options, *files]
    command += ["-x", "-p", "no:cacheprovider", "--tb=short"]
    return testing.run_pytest(map(str, command), os.environ)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
