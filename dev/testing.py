"""Every test: `dev/test [--coverage] [pytest arguments]`.

The linters, then three runs of pytest with the same arguments: the plain tests, those
that run inside Odoo, and those that drive a real Odoo from outside. Without arguments
the last ones run beside the others, what they print follows at the end, and each row of
the security table has to have a test. Coverage is collected in the first two where it
is asked for, as by `dev/soak`: it slows them down by half. Then it has a floor.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import databases
import postgres
from home import (
    ADDON,
    DATA,
    DEV,
    HOME,
    LINK,
    ROOT,
    Failure,
    addons_path,
    ignore_signals,
    say,
    stop_by_signals,
)
from machine import find_chrome

COVERED = ("controllers", "models", "twitter_api", "wizard")
COVERAGE_FLOOR = 95
COVERAGE = "--coverage"
NOTHING_COLLECTED = 5
STOP_SECONDS = 30
# In the order of pytest's own closing line.
OUTCOMES = ("failed", "passed", "skipped", "errors")


@dataclass(frozen=True)
class Run:
    """One run of pytest: the folder it is for, and what it needs on top.

    :param bool measured: whether coverage is collected
    """

    name: str
    folder: Path
    options: tuple
    excluded: tuple = ()
    measured: bool = True

    def covers(self, path):
        """Tell whether a test file or folder that was asked for belongs here."""
        below = (self.folder, *self.folder.parents)
        inside = path == self.folder or self.folder in path.parents
        return (inside or path in below) and not any(
            other == path or other in path.parents for other in self.excluded
        )


def main(arguments):
    """Run everything and print the closing line.

    :return: the exit code, 0 when nothing failed.
    """
    stop_by_signals()
    start = time.monotonic()
    try:
        with tempfile.TemporaryDirectory() as folder, postgres.running():
            try:
                counts = _run_all(arguments, Path(folder))
            finally:
                ignore_signals()
    except Failure as failure:
        sys.exit(f"\n{failure}")
    except KeyboardInterrupt:
        sys.exit("\nStopped.")
    shown = [f"{counts[name]} {name}" for name in OUTCOMES if counts[name]]
    seconds = time.monotonic() - start
    say(f"===== {', '.join(shown) or 'no tests ran'} in {seconds:.2f}s =====")
    return int(bool(counts["failed"] or counts["errors"]))


def _run_all(arguments, folder):
    """Run the linters and the tests; return how many ended how."""
    is_measured = COVERAGE in arguments
    arguments = [one for one in arguments if one != COVERAGE]
    configuration = _write_coverage_configuration(folder)
    paths, options = split(arguments)
    with databases.temporary("test") as database:
        environment = _environment(database)
        measured = {**environment, "COVERAGE_PROCESS_START": str(configuration)}
        *first, last = runs(database)
        with contextlib.ExitStack() as stack:
            if not arguments:
                beside = stack.enter_context(_Beside(last, environment, folder))
            counts = _count_one("lint", [DEV / "lint"])
            for run in first if not arguments else (*first, last):
                asked = [path for path in paths if run.covers(path[0])]
                if run.folder.exists() and (asked or not paths):
                    look = is_measured and run.measured
                    variables = measured if look else environment
                    counts += _pytest(run, asked, options, variables, folder)
            if not arguments:
                counts += beside.wait()
    if not arguments:
        counts += _count_one("trace", [DEV / "trace"])
    if is_measured:
        counts += _check_coverage(configuration)
    return counts


def _count_one(name, command):
    """Run a check that counts as one test."""
    say(f"\n===== {name} =====")
    done = subprocess.run(command, cwd=ROOT, check=False)
    return Counter({"failed" if done.returncode else "passed": 1})


def split(arguments):
    """Part the test files and folders among pytest's arguments from the rest.

    :return: pairs of a path and of what follows it ("::Class::test"), and the rest.
    """
    paths, options = [], []
    for argument in arguments:
        name, *selection = argument.split("::")
        path = Path(name).resolve()
        if ROOT / "tests" in (path, *path.parents) and path.exists():
            paths.append((path, "".join(f"::{part}" for part in selection)))
        else:
            options.append(argument)
    return paths, options


# the runs ----------------------------------------------------------------------------


def runs(database):
    """Return the three runs in their order."""
    tests = ROOT / "tests"
    plain = ("-p", "no:odoo")
    unit, process = tests / "unit", tests / "process"
    inside_odoo = (
        *("-c", DEV / "pytest-odoo.ini", "--rootdir", LINK / ADDON),
        *("--odoo-http", "--odoo-database", database),
        *("--odoo-config", databases.write_configuration()),
        *("--odoo-extra", "max-cron-threads=0"),
        *("--ignore", LINK / ADDON / "tests/unit"),
        *("--ignore", LINK / ADDON / "tests/process"),
    )
    return (
        Run("plain", unit, plain),
        Run("Odoo", tests, inside_odoo, (unit, process)),
        # Servers as they are, and no slower.
        Run("process", process, (*plain, "--confcutdir", process), measured=False),
    )


def _pytest(run, asked, options, environment, folder):
    """Run pytest once; return how many tests ended how."""
    say(f"\n===== {run.name} tests =====")
    report = folder / f"{run.name}.xml"
    code = run_pytest(_command(run, asked, options, report), environment)
    return _outcome(code, report)


def _command(run, asked, options, report):
    """Return the command of a run, whose outcome will stand in a report."""
    targets = [f"{_seen_by(run, path)}{rest}" for path, rest in asked]
    command = (
        *(sys.executable, "-m", "pytest", *run.options, f"--junit-xml={report}"),
        *("-o", f"cache_dir={HOME / 'pytest_cache' / run.name}"),
        *(targets or [_seen_by(run, run.folder)]),
        *options,
    )
    return [str(part) for part in command]


def _outcome(code, report):
    """Return how many tests ended how, where pytest has ended with this code."""
    if not report.exists():
        return Counter(errors=int(code not in (0, NOTHING_COLLECTED)))
    return _read_report(report)


class _Beside:
    """A run of pytest beside others, which keeps to itself what it prints."""

    def __init__(self, run, environment, folder):
        self._run, self._environment = run, environment
        self._report, self._output = folder / "beside.xml", folder / "beside.log"

    def __enter__(self):
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                _command(self._run, [], [], self._report),
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def wait(self):
        """Print what it has printed, once it has ended.

        :return: how many tests ended how.
        """
        code = self._process.wait()
        say(f"\n===== {self._run.name} tests =====")
        say(self._output.read_text(errors="replace"))
        return _outcome(code, self._report)

    def __exit__(self, *_error):
        """Where the others were stopped, let it clean up and end, too."""
        _stop(self._process)


def run_pytest(command, environment):
    """Run pytest and return its exit code; when stopped, let it clean up first.

    At a terminal Ctrl-C reaches it by itself, and it may want the keyboard.
    """
    alone = not sys.stdin.isatty()
    process = subprocess.Popen(
        list(command), cwd=ROOT, env=environment, start_new_session=alone
    )
    try:
        return process.wait()
    except KeyboardInterrupt:
        _stop(process, interrupt=alone)
        raise


def _stop(process, interrupt=True):
    """End a process, which may clean up first."""
    if interrupt and process.poll() is None:
        process.send_signal(signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    process.kill()


def _seen_by(run, path):
    """Return a test's path as its run sees it: Odoo's one through the addon's link."""
    return LINK / ADDON / path.relative_to(ROOT) if run.excluded else path


def _read_report(report):
    """Count the outcomes in a report of pytest."""
    counts = Counter()
    for suite in xml.etree.ElementTree.parse(report).iter("testsuite"):
        failed, errors, skipped, tests = (
            int(suite.get(key)) for key in ("failures", "errors", "skipped", "tests")
        )
        counts.update(failed=failed, errors=errors, skipped=skipped)
        counts["passed"] += tests - failed - errors - skipped
    return counts


def _environment(database):
    """Return the variables of the test processes.

    The tests in `tests/process` learn from them where everything is.
    """
    return dict(
        os.environ,
        TEST_ODOO_PYTHON=sys.executable,
        TEST_ODOO_CONFIG=str(databases.write_configuration()),
        TEST_TEMPLATE_DB=databases.template("addon"),
        TEST_DATA_DIR=str(DATA),
        TEST_ADDONS_PATH=",".join(map(str, addons_path())),
        TEST_CHROME=str(find_chrome() or ""),
    )


# coverage ----------------------------------------------------------------------------


def _write_coverage_configuration(folder):
    """Write what each process measures, and return the file."""
    path = folder / "coverage.ini"
    (folder / "measured").mkdir()
    sources = "".join(f"\n    {ROOT / name}" for name in COVERED)
    path.write_text(
        "[run]\n"
        "parallel = true\n"
        f"data_file = {folder / 'measured' / 'data'}\n"
        f"source ={sources}\n"
        "disable_warnings = no-data-collected, module-not-imported\n"
        "[report]\n"
        "skip_covered = true\n"
        "show_missing = true\n"
        f"fail_under = {COVERAGE_FLOOR}\n"
    )
    return path


def _check_coverage(configuration):
    """Print the lines that no test has run, and count the floor as one test."""
    coverage = [sys.executable, "-m", "coverage"]
    rcfile = f"--rcfile={configuration}"
    subprocess.run([*coverage, "combine", "--quiet", rcfile], check=False)
    return _count_one("coverage", [*coverage, "report", rcfile])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
