"""Mutation testing: `dev/mutate [--part PART] [--sample N] [--seed N] [--jobs N]`.

Each mutant is one small change in a copy; a test has to notice. Verdicts are kept in
DEV_HOME until the code or its tests change: a stopped run goes on where it was. What
lives needs a reason in `accepted.toml`; what has one counts as alive, unjudged.
"""

import argparse
import functools
import random
import sys
from collections import Counter

import postgres
from home import HOME, ROOT, Failure, ignore_signals, say, stop_by_signals

from . import inside, plain, reasons
from .mutants import mutants_of
from .record import INVALID, KILLED, SURVIVED, TIMEOUT, Record, Verdict
from .workers import Workers

FLOOR = 90
PARTS = {
    part.NAME: part
    for part in (plain, inside.TRIP, inside.SERVICE, inside.TRUST, inside.SIGN_IN)
}
FOLDER = HOME / "mutation"


def main():
    """Judge and print; return the exit code, 1 where a part falls short."""
    options = _options()
    stop_by_signals()
    chosen = [options.part] if options.part else list(PARTS)
    try:
        with postgres.running():
            try:
                good = [_judge_part(PARTS[name], options) for name in chosen]
            finally:
                ignore_signals()
    except Failure as failure:
        sys.exit(f"\n{failure}")
    except KeyboardInterrupt:
        sys.exit("\nStopped; the next start goes on from here.")
    return int(not all(good))


def _options():
    """Read the arguments."""
    parser = argparse.ArgumentParser(
        prog="dev/mutate", description="Look whether the tests notice broken code."
    )
    parser.add_argument("--part", choices=PARTS, help="only this one (default: all)")
    parser.add_argument(
        "--sample", type=int, default=100, help="how many mutants of the models (100)"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the sample (1)")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (2)")
    parser.add_argument(
        "--survivors", action="store_true", help="only those that lived last time"
    )
    return parser.parse_args()


def _judge_part(part, options):
    """Judge one part and print what came of it; tell whether that is good enough."""
    mutants = [mutant for file in part.files() for mutant in mutants_of(ROOT, file)]
    say(f"\n===== {part.NAME}: {len(mutants)} mutants =====")
    if part.SAMPLED:
        mutants = _sample(mutants, options)
    record = Record(FOLDER / part.NAME, part.code(), part.tests())
    known = functools.partial(record.verdict, old_kills=options.survivors)
    accepted = reasons.read()
    why = {mutant.name: mutant.reason(accepted) for mutant in mutants}
    due = [m for m in mutants if not why[m.name] and not known(m.name)]
    say(f"{len(mutants) - len(due)} are judged or accepted already, {len(due)} to go")
    if due:
        _judge(part, due, record, options.jobs)
    pairs = [
        (m, Verdict(m.name, SURVIVED) if why[m.name] else known(m.name))
        for m in mutants
    ]
    gone = reasons.gone(accepted, ROOT, part.files())
    return _report(part, pairs, why) and not _show_gone(gone)


def _sample(mutants, options):
    """Choose some that are not excluded, always the same for one seed."""
    chosen, left_out = [], Counter()
    exclusions = reasons.read_exclusions()
    for mutant in random.Random(options.seed).sample(mutants, len(mutants)):
        if len(chosen) == options.sample:
            break
        fits = (e for e in exclusions if e.fits(mutant.file, mutant.change))
        if exclusion := next(fits, None):
            left_out[exclusion.text] += 1
        else:
            chosen.append(mutant)
    say(f"A sample of {len(chosen)}, chosen by the seed {options.seed}; left out:")
    for text, count in left_out.items():
        say(f"  {count} on the way: {text}")
    return chosen


def _judge(part, due, record, jobs):
    """Judge mutants and keep the verdicts."""
    workers = Workers(FOLDER / part.NAME / "copies", jobs)
    with part.judging(workers) as judge:
        works = (judge.work(mutant) for mutant in _programs(due, record))
        for number, outcome in enumerate(workers.run_all(works), start=1):
            record.add(judge.verdict(outcome))
            if number % part.PROGRESS == 0:
                say(f"  {number} of {len(due)}")


def _programs(mutants, record):
    """Yield those that are Python; the others count as nothing."""
    for mutant in mutants:
        if mutant.is_program():
            yield mutant
        else:
            record.add(Verdict(mutant.name, INVALID))


def _report(part, pairs, why):
    """Print the figures and whatever lives; tell whether both are good enough.

    :param pairs: of mutants and verdicts
    :param dict why: a mutant of this name may live
    """
    lives = [mutant for mutant, verdict in pairs if verdict.outcome == SURVIVED]
    for mutant in sorted(lives, key=lambda mutant: (mutant.file, mutant.line)):
        _show(mutant, why[mutant.name])
    score = _score(part, [verdict.outcome for _mutant, verdict in pairs])
    missing = [mutant for mutant in lives if not why[mutant.name]]
    if missing:
        say(f"{len(missing)} live without a reason in {reasons.FILE.relative_to(ROOT)}")
    return score >= FLOOR and not missing


def _show_gone(gone):
    """Print the reasons that are about nothing any more; return them."""
    for reason in gone:
        say(f"No such line any more in {reason.file}: {reason.line}")
    return gone


def _show(mutant, reason):
    before, after = mutant.change
    say(f"{mutant.file}:{mutant.line}")
    say(f"  - {before}\n  + {after}\n  {reason or 'NO REASON'}")


def _score(part, outcomes):
    """Print the figures of a part; return the share that a test noticed, in percent."""
    killed, late, lives = (outcomes.count(k) for k in (KILLED, TIMEOUT, SURVIVED))
    count = killed + late + lives
    score = 100 * (killed + late) / count if count else 100
    say(
        f"{part.NAME}: {count} mutants, {killed} killed, {lives} survived,"
        f" {late} timeouts, score {score:.1f} % (goal: {FLOOR} %)"
    )
    return score


if __name__ == "__main__":
    sys.exit(main())
