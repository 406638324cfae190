"""Why a mutant may live: `accepted.toml`, for people to read."""

import difflib
import re
from dataclasses import dataclass
from pathlib import Path

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10, where pytest brings its twin along
    import tomli as tomllib

FILE = Path(__file__).with_name("accepted.toml")


@dataclass(frozen=True)
class Reason:
    """One entry: a changed line, what it becomes ("" for whatever), and why it may."""

    file: str
    line: str
    text: str
    becomes: tuple = ()

    def fits(self, file, change):
        """Tell whether this is about a mutant.

        :param tuple change: the changed lines before and after
        """
        before, after = change
        known = not self.becomes or after in self.becomes
        return self.file == file and self.line == before and known


@dataclass(frozen=True)
class Exclusion:
    """What no mutant is made of: what a pattern matches in the files of a folder."""

    folder: str
    pattern: str
    text: str

    def fits(self, file, change):
        """Tell whether a change concerns nothing else."""
        before, after = (re.sub(self.pattern, "", lines) for lines in change)
        return file.startswith(f"{self.folder}/") and before == after


def read_exclusions(path=FILE):
    """Return what no mutant is made of."""
    entries = tomllib.loads(path.read_text())["excluded"]
    return [
        Exclusion(entry["folder"], entry["pattern"], entry["reason"])
        for entry in entries
    ]


def read(path=FILE):
    """Return all reasons."""
    entries = tomllib.loads(path.read_text())["accepted"]
    return [
        Reason(
            entry["file"],
            entry["line"],
            entry["reason"],
            tuple(entry.get("becomes", ())),
        )
        for entry in entries
    ]


def reason_for(reasons, file, change):
    """Return why a mutant may live, "" where nobody has said."""
    return next((reason.text for reason in reasons if reason.fits(file, change)), "")


def gone(reasons, root, files):
    """Return the reasons about lines that these files no longer have."""
    texts = {file: (root / file).read_text() for file in files}
    return [
        reason
        for reason in reasons
        if reason.file in texts and not _has(texts[reason.file], reason.line)
    ]


def _has(text, line):
    """Tell whether a text has these lines, however they are broken and indented."""
    return " ".join(line.split()) in " ".join(text.split())


def changed_lines(before, after):
    """Compare two texts.

    :return: the lines that differ as one line each, without indentation
    """
    old, new = [], []
    for line in difflib.ndiff(before.splitlines(), after.splitlines()):
        if line.startswith("- "):
            old.append(line[2:].strip())
        elif line.startswith("+ "):
            new.append(line[2:].strip())
    return " ".join(filter(None, old)), " ".join(filter(None, new))
