"""What dev/mutate makes of its verdicts and of the reasons that people wrote."""

import pytest

from mutation import reasons
from mutation.reasons import Exclusion, Reason
from mutation.record import KILLED, SURVIVED, Record, Verdict

BEFORE = "def f():\n    return g(\n        1,\n        2,\n    )\n"
SPLIT = BEFORE.replace("1,\n        2,", "1,\n        None,")
REMOVED = BEFORE.replace("        2,\n", "")
REASON = Reason("a.py", "2,", "because", becomes=("None,",))


def test_a_change_is_told_by_the_lines_that_differ():
    assert reasons.changed_lines(BEFORE, SPLIT) == ("2,", "None,")


def test_a_line_that_goes_becomes_nothing():
    assert reasons.changed_lines(BEFORE, REMOVED) == ("2,", "")


def test_lines_that_change_together_are_told_as_one():
    after = BEFORE.replace("return g(\n        1,", "return h(\n        3,")
    assert reasons.changed_lines(BEFORE, after) == ("return g( 1,", "return h( 3,")


@pytest.mark.parametrize(
    "file, change, told",
    [
        ("a.py", ("2,", "None,"), "because"),
        ("a.py", ("2,", "3,"), ""),
        ("a.py", ("1,", "None,"), ""),
        ("b.py", ("2,", "None,"), ""),
    ],
)
def test_a_reason_is_about_one_change_of_one_line_of_one_file(file, change, told):
    assert reasons.reason_for([REASON], file, change) == told


def test_a_reason_that_names_no_change_is_about_all_of_its_line():
    every = Reason("a.py", "2,", "because")
    assert reasons.reason_for([every], "a.py", ("2,", "whatever")) == "because"


def test_a_reason_for_a_line_that_has_gone_is_found(tmp_path):
    (tmp_path / "a.py").write_text(BEFORE)
    lost = Reason("a.py", "3,", "because")
    elsewhere = Reason("b.py", "3,", "because")
    assert reasons.gone([REASON, lost, elsewhere], tmp_path, ["a.py"]) == [lost]


LABELS = Exclusion("models", r'string="[^"]*",?\s*', "labels")


@pytest.mark.parametrize(
    ("file", "after", "excluded"),
    [
        ("models/a.py", 'Char(string="XXNameXX", index=True)', True),
        ("models/a.py", "Char(index=True)", True),
        ("models/a.py", 'Char(string="Name", index=False)', False),
        ("twitter_api/a.py", 'Char(string="XXNameXX", index=True)', False),
    ],
)
def test_a_change_of_labels_alone_is_left_out(file, after, excluded):
    change = ('Char(string="Name", index=True)', after)
    assert LABELS.fits(file, change) == excluded


def test_the_reasons_can_be_read():
    assert all(entry.text for entry in reasons.read() + reasons.read_exclusions())


def test_a_stopped_run_goes_on_from_its_verdicts(tmp_path):
    Record(tmp_path, "code", "tests").add(Verdict("a.py#1", KILLED, "test_a"))
    again = Record(tmp_path, "code", "tests")
    assert again.verdict("a.py#1") == Verdict("a.py#1", KILLED, "test_a")
    assert again.verdict("a.py#2") is None


def test_other_code_begins_anew(tmp_path):
    Record(tmp_path, "code", "tests").add(Verdict("a.py#1", KILLED))
    assert Record(tmp_path, "other", "tests").verdict("a.py#1") is None


def test_other_tests_judge_anew_unless_old_kills_are_taken(tmp_path):
    record = Record(tmp_path, "code", "tests")
    record.add(Verdict("a.py#1", KILLED))
    record.add(Verdict("a.py#2", SURVIVED))
    other = Record(tmp_path, "code", "other tests")
    assert other.verdict("a.py#1") is None
    assert other.verdict("a.py#1", old_kills=True) == Verdict("a.py#1", KILLED)
    assert other.verdict("a.py#2", old_kills=True) is None
