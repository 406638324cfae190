"""Many at the same moment, and waiting for what others do."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

DEADLINE = 20


def at_once(calls):
    """Make calls that start together.

    :param calls: functions without arguments.
    :return: their results, in order.
    """
    start = threading.Barrier(len(calls))

    def run(call):
        start.wait(DEADLINE)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def two_by_two(function, values):
    """Call a function for each value, never more than two at a time.

    :return: the results, in order.
    """
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(function, values))


def wait_until(condition, what, seconds=DEADLINE):
    """Wait for a condition.

    :param condition: a function; what it returns ends the wait once it is true.
    :param what: what is waited for, in words.
    :return: what the condition returned.
    :raise TimeoutError: it never came true.
    """
    end = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"in vain for {seconds} s: {what}")
        time.sleep(0.02)
    return found
