"""What one request cost, as the server tells it in a header of its answer."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

HEADER = "X-Benchmark"


@dataclass
class Reading:
    """The costs of one request, measured inside the server.

    :param seconds: from the first line of Odoo's application to the answer's headers,
        by when the transaction is committed
    :param away: of these, seconds that another server took to answer
    :param statements: how many were sent to PostgreSQL
    :param commits: how many transactions were committed
    :param pid: of the process that answered
    """

    seconds: float = 0.0
    away: float = 0.0
    statements: int = 0
    commits: int = 0
    pid: int = 0

    @property
    def own(self):
        """Seconds without what the other server took."""
        return self.seconds - self.away

    def to_header(self):
        """Return this as the value of a header."""
        return json.dumps(asdict(self))

    @classmethod
    def from_header(cls, value):
        """Read what `to_header` wrote."""
        return cls(**json.loads(value))
