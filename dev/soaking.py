"""The long versions: `dev/soak [pytest arguments]`.

The plain tests and those that drive a real Odoo from outside, with many rounds of each
race and many generated inputs, other ones each time. TEST_ROUNDS and TEST_INPUTS say
how many, and --hypothesis-seed which. Without arguments, all tests follow once more
with coverage.
"""

import os
import secrets
import sys

import testing
from home import ROOT, say

LONG = {"TEST_ROUNDS": "100", "TEST_INPUTS": "10000"}
FOLDERS = ("tests/unit", "tests/process")
SEED = "--hypothesis-seed"


def main(arguments):
    """Run the tests with more of everything.

    :return: the exit code, 0 when nothing failed.
    """
    for name, number in LONG.items():
        os.environ.setdefault(name, number)
    paths, _options = testing.split(arguments)
    is_whole = not arguments
    if not paths:
        arguments = [*(str(ROOT / folder) for folder in FOLDERS), *arguments]
    if not any(argument.startswith(SEED) for argument in arguments):
        arguments = [*arguments, f"{SEED}={secrets.randbelow(2**32)}"]
    say(" ".join([*(f"{name}={os.environ[name]}" for name in LONG), *arguments]))
    code = testing.main(arguments)
    if is_whole:
        for name in LONG:
            del os.environ[name]
        code = testing.main([testing.COVERAGE]) or code
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
