"""Figures with their goals, and how they are made of many noisy measurements."""

from dataclasses import dataclass
from statistics import median

from home import say

PARTS = 5
"""Into how many parts a series is cut, to see how much it says the same thing."""

SMALL = 0.01
"""Below it, one digit that is not zero is shown in place of two decimals."""


@dataclass(frozen=True)
class Figure:
    """One figure beside its goal.

    :param limit: how far it may miss the goal before the command fails
    :param detail: what it is made of, in words
    """

    name: str
    value: float
    goal: float
    limit: float
    unit: str = ""
    detail: str = ""

    @property
    def verdict(self):
        """OK, or ABOVE the goal."""
        return "OK" if self._shown(self.value) <= self.goal else "ABOVE"

    @property
    def is_missed(self):
        """Whether it is above its goal by more than is tolerated."""
        return self._shown(self.value) > self.limit

    def show(self):
        """Print it."""
        goal = f"goal {_number(self.goal)}"
        if self.limit != self.goal:
            goal += f", at most {_number(self.limit)}"
        value = f"{_number(self._shown(self.value))} {self.unit}"
        say(f"{self.name:<52}{value:>10}  {goal:<22}{self.verdict}")
        if self.detail:
            say(f"    {self.detail}")

    @staticmethod
    def _shown(value):
        """Return the value as it is printed, which is what is compared."""
        return round(value, 2) if abs(value) >= SMALL else float(f"{value:.1g}")


def _number(value):
    if abs(value) < SMALL or float(value).is_integer():
        return f"{value:g}"
    return f"{value:.2f}"


@dataclass(frozen=True)
class Ratio:
    """How much longer ours takes than the peer, of requests made in turns.

    Pairs are compared, not averages: what else the machine does hits both halves of a
    pair alike, and the median leaves out the pairs where it did not.

    :param pairs: of ours and the peer's costs
    """

    pairs: list

    @property
    def value(self):
        """The median over all pairs."""
        return _ratio(self.pairs, "own")

    def tell(self, peer):
        """Return both times, how far parts of the series differ, and processor time.

        :param peer: what it is compared with
        """
        ours, theirs = (
            median(reading.own for reading in side) * 1000
            for side in zip(*self.pairs, strict=True)
        )
        size = -(-len(self.pairs) // PARTS)
        parts = [
            _ratio(self.pairs[start : start + size], "own")
            for start in range(0, len(self.pairs), size)
        ]
        return (
            f"{ours:.2f} ms against {theirs:.2f} ms of {peer}; {len(self.pairs)} "
            f"pairs, fifths of them {min(parts):.2f} to {max(parts):.2f}; "
            f"the worker's processor time {_ratio(self.pairs, 'processor'):.2f} x"
        )


def _ratio(pairs, cost):
    return median(getattr(ours, cost) / getattr(peer, cost) for ours, peer in pairs)


def in_turns(count, ours, theirs, warm_up=5):
    """Measure two requests in turns, each of them first every other time.

    :param ours: makes one request and returns its Reading; so does `theirs`
    :param warm_up: how many pairs are made and not counted
    :rtype: Ratio
    """
    pairs = []
    for number in range(warm_up + count):
        if number % 2:
            pairs.append((ours(), theirs()))
        else:
            later = theirs()
            pairs.append((ours(), later))
    return Ratio(pairs[warm_up:])
