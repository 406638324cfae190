"""What one request cost, as the server tells it in a header of its answer."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

HEADER = "X-Benchmark"
EXPLAIN = "X-Benchmark-Explain"
"""Header of a request that asks from where its statements read, those on one table."""


@dataclass
class Reading:
    """The costs of one request, measured inside the server.

    :param seconds: from the first line of Odoo's application to the answer's headers,
        by when the transaction is committed
    :param away: of these, seconds that another server took to answer
    :param processor: seconds that the worker's processor was busy with it
    :param statements: how many were sent to PostgreSQL
    :param commits: how many transactions were committed
    :param pid: of the process that answered
    :param scans: where `EXPLAIN` asked for it, each a dict of an ``index`` that serves
        or of a ``table`` that is read as a whole
    """

    seconds: float = 0.0
    away: float = 0.0
    processor: float = 0.0
    statements: int = 0
    commits: int = 0
    pid: int = 0
    scans: list = field(default_factory=list)

    @property
    def own(self):
        """Seconds without what the other server took."""
        return self.seconds - self.away

    def __add__(self, other):
        """Return what both requests cost together."""
        return Reading(
            self.seconds + other.seconds,
            self.away + other.away,
            self.processor + other.processor,
            self.statements + other.statements,
            self.commits + other.commits,
        )

    def to_header(self):
        """Return this as the value of a header."""
        return json.dumps(asdict(self))

    @classmethod
    def from_header(cls, value):
        """Read what `to_header` wrote."""
        return cls(**json.loads(value))
