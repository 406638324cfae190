"""The trace from the rows of the security table to the tests."""

import pytest

from home import ROOT
from security_trace import covers
from tracing import (
    ROWS,
    TABLES,
    TESTS,
    X_RULES,
    claims_in,
    files_with_tests,
    main,
    mistakes,
    read_rows,
)

TABLE = """
[R1]
rule = "First"
[T1]
rule = "Second"
decided = "otherwise"
[F1]
rule = "Third"
not_built = "the moon"
[F2]
rule = "Fourth"
not_applicable = "there is none"
"""
IMPORTED = "from security_trace import covers\n"
BOTH = '@covers("R1", "T1")\ndef test_it():\n    pass\n'


@pytest.fixture
def trace(tmp_path, capsys):
    """Trace a test file of this text: ``trace(text)`` gives exit code and print."""
    (tmp_path / "tests").mkdir()
    table = tmp_path / "rows.toml"
    table.write_text(TABLE)

    def run(text):
        (tmp_path / "tests" / "test_some.py").write_text(IMPORTED + text)
        code = main((table,), tmp_path / "tests")
        return code, capsys.readouterr().out

    return run


def test_rows_that_have_a_test_are_printed_with_it(trace):
    code, printed = trace(BOTH)
    assert code == 0
    assert "R1   1  First\n            test_some.py::test_it\n" in printed
    assert "Second [decided otherwise: otherwise]" in printed
    assert "Third -- not built yet: the moon" in printed
    assert "Fourth -- does not apply: there is none" in printed


def test_tests_that_only_the_soak_runs_are_told_apart(trace):
    """Marked one by one, or with their whole file."""
    marked = "@pytest.mark.soak\n"
    for long in (marked + BOTH, "pytestmark = pytest.mark.soak\n" + BOTH):
        code, printed = trace(long)
        assert code == 0
        assert "test_some.py::test_it (dev/soak)" in printed
        assert "2 are tested by dev/soak alone: R1, T1" in printed
    _code, printed = trace(marked + BOTH + BOTH.replace("test_it", "test_short"))
    assert "0 are tested by dev/soak alone" in printed


def test_a_row_without_a_test_fails(trace):
    code, printed = trace(BOTH.replace('"R1", ', ""))
    assert code == 1
    assert "NOT COVERED R1: First" in printed


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("R2", "which is no row"),
        ("F1", "not built yet: the moon"),
        ("F2", "does not apply: there is none"),
    ],
)
def test_a_marker_that_names_no_row_that_applies_fails(trace, row, reason):
    code, printed = trace(BOTH.replace("T1", f'T1", "{row}'))
    assert code == 1
    assert f"WRONG MARKER test_some.py::test_it names {row}, " in printed
    assert reason in printed
    assert "NOT COVERED" not in printed


@pytest.mark.parametrize(
    "text",
    [
        BOTH.replace("test_it", "helper"),
        BOTH.replace("def test_it():", "class TestIt:"),
        '@covers("R1", "T1")\nclass Helper:\n    def test_it(self):\n        pass\n',
        "def helper():\n    " + BOTH.replace("\n", "\n    "),
        "class Helper:\n    " + BOTH.replace("\n", "\n    "),
    ],
    ids=["function", "class without tests", "class", "nested", "method"],
)
def test_a_marker_on_what_is_no_test_does_not_count(trace, text):
    code, printed = trace(text)
    assert code == 1
    assert "NOT COVERED R1" in printed
    assert "is no test" in printed


@pytest.mark.parametrize(
    "marker", ["@covers", "@covers()", "@covers(R1)", '@covers(*["R1"])', "@covers(1)"]
)
def test_a_marker_that_names_nothing_that_can_be_read_fails(trace, marker):
    code, printed = trace(BOTH + f"{marker}\ndef test_other():\n    pass\n")
    assert code == 1
    assert "WRONG MARKER test_some.py::test_other" in printed


@pytest.mark.parametrize(
    "text",
    [
        "class TestIt:\n    " + BOTH.replace("\n", "\n    "),
        '@covers("R1", "T1")\nclass TestIt:\n    def test_it(self):\n        pass\n',
        BOTH.replace("@covers", "@security_trace.covers"),
        '@pytest.mark.parametrize("a", [1])\n' + BOTH,
    ],
    ids=["method", "class", "by its module", "parametrized"],
)
def test_tests_of_each_form_are_read(trace, text):
    assert trace(text)[0] == 0


def test_a_marked_test_stays_as_it_is():
    assert covers("R1")(TABLE) is TABLE


def test_the_table_has_each_row_of_the_security_requirements():
    numbers = (("R", 118), ("T", 38), ("F", 29))
    wanted = {f"{kind}{place + 1}" for kind, last in numbers for place in range(last)}
    # Of what was measured, one fact became a rule of its own.
    assert set(read_rows(ROWS)) == {*wanted, "M3"}


def test_no_marker_of_ours_names_what_is_no_row():
    claims = [
        claim for path in files_with_tests(TESTS) for claim in claims_in(path, TESTS)
    ]
    rows = {number: row for path in TABLES for number, row in read_rows(path).items()}
    assert mistakes(rows, claims) == []


def test_each_rule_of_x_says_where_it_is_from_and_where_it_is_kept():
    rules = read_rows(X_RULES)
    assert list(rules) == [f"X{place + 1}" for place in range(len(rules))]
    for rule in rules.values():
        assert rule.source
        assert rule.kept or rule.why_not
        for file in rule.kept:
            assert (ROOT / file).is_file(), file
