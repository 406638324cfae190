"""What is known of each mutant, kept in DEV_HOME: a stopped run goes on from it."""

import json
from dataclasses import asdict, dataclass

KILLED, SURVIVED, TIMEOUT, INVALID = "killed", "survived", "timeout", "invalid"


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant, which test noticed, and how long that took."""

    name: str
    outcome: str
    killer: str = ""
    seconds: float = 0.0


class Record:
    """The verdicts on one state of the code, from whichever state of the tests.

    :param Path folder: the file of the last state is kept in it
    :param str code: names the state of the code
    :param str tests: names the state of the tests
    """

    def __init__(self, folder, code, tests):
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / f"{code}.jsonl"
        self._tests = tests
        self._all = {}
        for other in folder.glob("*.jsonl"):
            if other != self._file:
                other.unlink()
        if self._file.exists():
            for line in self._file.read_text().splitlines():
                self._take(json.loads(line))

    def add(self, verdict):
        """Keep a verdict, whatever happens next."""
        line = {"tests": self._tests, "verdict": asdict(verdict)}
        self._take(line)
        with self._file.open("a") as file:
            file.write(json.dumps(line) + "\n")

    def verdict(self, name, old_kills=False):
        """Return what is known of a mutant, None where nothing is.

        :param bool old_kills: what earlier tests noticed counts as well
        """
        tests, verdict = self._all.get(name, ("", None))
        if tests == self._tests or (
            old_kills and verdict and verdict.outcome != SURVIVED
        ):
            return verdict
        return None

    def _take(self, line):
        verdict = Verdict(**line["verdict"])
        self._all[verdict.name] = line["tests"], verdict
