"""`twitter_api`, judged by those plain tests that run the changed line."""

import contextlib
import json
import os
import re
import resource
import signal
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

import coverage
import pytest

from home import ROOT, Failure, say, tree_hash

from .record import KILLED, SURVIVED, TIMEOUT, Verdict
from .workers import Work, said

NAME = "twitter_api"
SAMPLED = False
PROGRESS = 100
# A test that takes so much longer than it did hangs.
PATIENCE_SECONDS = 10
PATIENCE = 5
# A mutant may take away a limit of the code's own.
MOST_BYTES = 3 * 1024**3
LATE = 128 + signal.SIGALRM
# What coverage calls the time before the first test.
IMPORT = ""
_LIBRARIES = (
    *("PIL.Image", "aiosmtpd.controller", "cryptography.x509", "hypothesis"),
    *("jinja2", "requests_oauthlib", "responses"),
)
_PYTEST = ("-q", "-x", "--tb=no", "-p", "no:cacheprovider")


def files():
    """Return the files to mutate."""
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / NAME).glob("*.py"))


def code():
    """Name the state of the code."""
    return tree_hash(ROOT / NAME)


def tests():
    """Name the state of what judges it."""
    return tree_hash(ROOT / "tests/unit") + tree_hash(ROOT / "dev/stand_in")


@contextlib.contextmanager
def judging(workers):
    """Have a judge.

    :raise Failure: a test fails without a change
    """
    yield _Judge(workers)


class _Judge:
    """Knows which test runs which line, and which tests have noticed most."""

    def __init__(self, workers):
        """Run all tests once without a change."""
        for name in _LIBRARIES:
            __import__(name)
        say("Running the plain tests unchanged, to see which lines each one runs")
        outcome = next(workers.run_all([Work("", _survey)]))
        if outcome.code:
            log = workers.copies[-1].with_suffix(".log")
            raise Failure(f"The plain tests fail without a change: see {log}.")
        workers.share("__pycache__", workers.copies[-1])
        survey = json.loads(outcome.said)
        self._seconds, self._lines = survey["seconds"], survey["lines"]
        traced = {
            test
            for by_line in self._lines.values()
            for tests in by_line.values()
            for test in tests
        }
        # They look at what an import has left, and run no line of it.
        self._lookers = set(self._seconds) - traced
        self._kills = Counter()

    def work(self, mutant):
        """Return the work of judging a mutant."""
        batches = self._batches(mutant)
        return Work(mutant, _judge, (batches,), mutant.file, mutant.code)

    def verdict(self, outcome):
        """Read the outcome of that work."""
        mutant, killer = outcome.what, outcome.said
        if outcome.code == pytest.ExitCode.INTERNAL_ERROR:
            raise Failure(f"pytest broke down over {mutant.name}.")
        kind = {0: SURVIVED, LATE: TIMEOUT}.get(outcome.code, KILLED)
        if kind == SURVIVED:
            killer = ""
        self._kills[mutant.file, killer] += 1
        self._kills[mutant.file, _file_of(killer)] += 1
        return Verdict(mutant.name, kind, killer, round(outcome.seconds, 2))

    def _batches(self, mutant):
        """Return the tests that may notice, by file, the likeliest and shortest first.

        What an import runs matters where one of its names stands in a line that runs.

        :return: dictionaries of tests and the seconds that each took unchanged
        """
        by_line = self._lines.get(mutant.file, {})
        tests = {test for line in mutant.lines for test in by_line.get(str(line), ())}
        if IMPORT in tests:
            tests |= self._tests_of(mutant.names) or set(self._seconds)
            tests = (tests | self._lookers) & set(self._seconds)
        batches = defaultdict(dict)
        for test in sorted(tests, key=lambda test: self._rank(mutant, test)):
            batches[_file_of(test)][test] = self._seconds[test]
        ranks = {
            file: (-self._kills[mutant.file, file], sum(batch.values()))
            for file, batch in batches.items()
        }
        return [batches[file] for file in sorted(batches, key=ranks.get)]

    def _tests_of(self, names):
        """Return the tests that run a line in which one of these names stands."""
        word = re.compile(rf"\b(?:{'|'.join(names)})\b")
        found = set()
        for file, by_line in self._lines.items():
            text = (ROOT / file).read_text().splitlines()
            for line, tests in by_line.items():
                if word.search(text[int(line) - 1]):
                    found.update(tests)
        return found - {IMPORT}

    def _rank(self, mutant, test):
        return -self._kills[mutant.file, test], self._seconds[test]


def _file_of(test):
    return test.partition("::")[0]


# inside a worker's process -----------------------------------------------------------


def _survey(copy):
    """Run all tests; tell how long each takes and which lines it runs."""
    watch = coverage.Coverage(data_file=None, source=[str(copy / NAME)])
    watcher = _Watcher(watch)
    watch.start()
    code = pytest.main([*_PYTEST, "tests/unit"], [watcher])
    watch.stop()
    lines = {}
    data = watch.get_data()
    for path in data.measured_files():
        file = str(Path(path).relative_to(copy))
        lines[file] = data.contexts_by_lineno(path)
    # Of the others only those that look at the package itself may notice anything.
    known = {
        test for found in lines.values() for tests in found.values() for test in tests
    }
    seconds = {
        test: taken
        for test, taken in watcher.seconds.items()
        if test in known or NAME in (copy / _file_of(test)).read_text()
    }
    said(copy).write_text(json.dumps({"seconds": seconds, "lines": lines}))
    return int(code)


class _Watcher:
    """Measures each test."""

    def __init__(self, watch):
        self.seconds = {}
        self._watch = watch

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        """Let the lines be counted as this test's."""
        self._watch.switch_context(item.nodeid)
        start = time.monotonic()
        try:
            return (yield)
        finally:
            self.seconds[item.nodeid] = time.monotonic() - start


def _judge(copy, batches):
    """Run tests until one fails, and say which.

    :param batches: of one file each; tests in their order, with their usual seconds
    """
    # A cache of the changed file could be taken for that of the original.
    sys.dont_write_bytecode = True
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    for tests in batches:
        code = _in_a_fork(_run, said(copy), tests)
        if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            return code
    return 0


def _in_a_fork(function, *arguments):
    """Call it where the threads that a file's tests leave can't slow down the next.

    :return: its exit code, that of a shell where a signal ended it
    """
    child = os.fork()
    if not child:
        code = function(*arguments)
        sys.stdout.flush()
        os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code if code >= 0 else 128 - code


def _run(said_in, tests):
    """Run tests of one file until one fails."""
    judges = _Judges(said_in, tests)
    return int(pytest.main([*_PYTEST, _file_of(next(iter(tests)))], [judges]))


class _Judges:
    """Keeps the chosen tests, ends what hangs and notes what fails."""

    def __init__(self, said_in, tests):
        self._said = said_in
        self._tests = tests
        self._allow(0)

    def pytest_collection_modifyitems(self, items):
        """Run the chosen tests in the given order."""
        found = {item.nodeid: item for item in items}
        items[:] = [found[test] for test in self._tests if test in found]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        """Let the test take longer than it did, and no more."""
        self._said.write_text(item.nodeid)
        self._allow(self._tests[item.nodeid])
        result = yield
        self._allow(0)
        return result

    def pytest_runtest_logreport(self, report):
        """Note the test that has noticed."""
        if report.failed:
            self._said.write_text(report.nodeid)

    def _allow(self, seconds):
        # Nobody handles the signal, so it ends the process wherever that is.
        signal.setitimer(signal.ITIMER_REAL, PATIENCE_SECONDS + PATIENCE * seconds)
