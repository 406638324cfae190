"""The trace: `dev/trace`. Prints each row of the tables in `security/` with its tests.

Tests claim rows by the marker `covers` (`security_trace.py`). It is read from their
source: nothing is imported or run, so any Python 3.11 will do.
"""

import ast
from collections import defaultdict
from dataclasses import dataclass, replace

import tomllib

from home import DEV, ROOT, say

ROWS = DEV / "security" / "rows.toml"
X_RULES = DEV / "security" / "x_rules.toml"
TABLES = (ROWS, X_RULES)
TESTS = ROOT / "tests"
SHOWN_TESTS = 2
LONG = "pytest.mark.soak"
"""The marker of tests that `dev/test` leaves to `dev/soak`."""
IN_SOAK = " (dev/soak)"


@dataclass(frozen=True)
class Row:
    """What has to hold, and why no test is asked for where none is.

    :param source: where X asks for it.
    :param tuple kept: the files that see to it.
    """

    rule: str
    source: str = ""
    kept: tuple = ()
    decided: str = ""
    not_built: str = ""
    not_applicable: str = ""

    @property
    def why_not(self):
        """Why there is nothing to test, or an empty string."""
        if self.not_built:
            return f"not built yet: {self.not_built}"
        return self.not_applicable and f"does not apply: {self.not_applicable}"


@dataclass(frozen=True)
class Claim:
    """One marker: the ids that it names, and where it stands.

    :param is_long: whether only `dev/soak` runs the test.
    """

    test: str
    ids: tuple
    is_test: bool
    is_long: bool = False


def main(tables=TABLES, tests=TESTS):
    """Print the trace.

    :return: the exit code, 0 when each row that applies has a test, and no marker
        names another.
    """
    rows = {number: row for path in tables for number, row in read_rows(path).items()}
    claims = [
        claim for path in files_with_tests(tests) for claim in claims_in(path, tests)
    ]
    by_row = tests_by_row(claims)
    for number, row in rows.items():
        say(_line(number, row, by_row[number]))
    applies = [number for number, row in rows.items() if not row.why_not]
    uncovered = [number for number in applies if not by_row[number]]
    wrong = mistakes(rows, claims)
    say(f"\n{len(rows)} rows: {len(applies)} apply, {len(uncovered)} without a test.")
    long = [number for number in applies if _is_long(by_row[number])]
    say(f"{len(long)} are tested by dev/soak alone: {', '.join(long)}")
    for number in uncovered:
        say(f"NOT COVERED {number}: {rows[number].rule}")
    for mistake in wrong:
        say(f"WRONG MARKER {mistake}")
    return int(bool(uncovered or wrong))


def read_rows(path):
    """Read the table.

    :return: dict of :class:`Row` by id.
    """
    with path.open("rb") as file:
        return {number: Row(**row) for number, row in tomllib.load(file).items()}


def files_with_tests(tests):
    """Return the files that hold tests, in their order."""
    return sorted(tests.rglob("test_*.py"))


def claims_in(path, tests):
    """Read the markers of a file.

    :return: list of :class:`Claim`, with names below the folder of the tests.
    """
    found = []
    module = ast.parse(path.read_text(), str(path))
    _walk(module, (str(path.relative_to(tests)),), True, found)
    is_long = any(
        isinstance(node, ast.Assign) and ast.unparse(node) == f"pytestmark = {LONG}"
        for node in module.body
    )
    return [replace(claim, is_long=claim.is_long or is_long) for claim in found]


def _walk(node, names, may_hold_tests, found):
    """Collect what is marked below a node.

    :param may_hold_tests: whether pytest looks for tests right below it.
    """
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, _DEFINITIONS):
            _walk(child, names, False, found)
            continue
        is_long = any(ast.unparse(one) == LONG for one in child.decorator_list)
        is_class = isinstance(child, ast.ClassDef)
        is_test = may_hold_tests and (
            _is_test_class(child) if is_class else child.name.startswith("test_")
        )
        inner = (*names, child.name)
        for marker in filter(_is_marker, child.decorator_list):
            found.append(Claim("::".join(inner), _ids_of(marker), is_test, is_long))
        _walk(child, inner, is_class and is_test, found)


_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _is_test_class(node):
    """Whether pytest collects it: a class of that name with tests in it."""
    return node.name.startswith("Test") and any(
        isinstance(child, _DEFINITIONS) and child.name.startswith("test_")
        for child in node.body
    )


def _is_marker(node):
    """Whether a decorator is `covers(...)`, however it was imported."""
    target = node.func if isinstance(node, ast.Call) else node
    return getattr(target, "id", getattr(target, "attr", "")) == "covers"


def _ids_of(marker):
    """Return what a marker names; in brackets what is no id that is written out."""
    return tuple(
        argument.value
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        else f"<{ast.unparse(argument)}>"
        for argument in getattr(marker, "args", ())
    )


def tests_by_row(claims):
    """Return the names of the tests that claim each row."""
    found = defaultdict(list)
    for claim in filter(lambda one: one.is_test, claims):
        for number in claim.ids:
            found[number].append(claim.test + IN_SOAK * claim.is_long)
    return found


def _is_long(tests):
    """Whether there are tests, and `dev/test` runs none of them."""
    return bool(tests) and all(test.endswith(IN_SOAK) for test in tests)


def mistakes(rows, claims):
    """Say what is wrong with markers, one sentence each."""
    wrong = []
    for claim in claims:
        if not claim.is_test:
            wrong.append(f"{claim.test} is no test")
        if not claim.ids:
            wrong.append(f"{claim.test} names no row")
        for number in claim.ids:
            if number not in rows:
                wrong.append(f"{claim.test} names {number}, which is no row")
            elif rows[number].why_not:
                wrong.append(
                    f"{claim.test} names {number}, of which the table says: "
                    f"{rows[number].why_not}"
                )
    return wrong


def _line(number, row, tests):
    """Return a row of the printed table."""
    decided = f" [decided otherwise: {row.decided}]" if row.decided else ""
    source = f" [{row.source}; kept in {', '.join(row.kept)}]" if row.kept else ""
    text = f"{number:>4} {len(tests) or '-':>3}  {row.rule}{decided}{source}"
    if row.why_not:
        return f"{text} -- {row.why_not}"
    shown = tests[:SHOWN_TESTS]
    if len(tests) > len(shown):
        shown.append("...")
    return "".join([text, *(f"\n            {name}" for name in shown)])
