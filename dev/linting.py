"""The linters: `dev/lint [--fix]`. Runs the hooks of `.pre-commit-config.yaml`."""

import argparse
import os
import shutil
import subprocess
import sys

from home import HOME, NODE, ROOT, TOOLS, Failure
from machine import install


def main():
    """Check all files that git knows or would add; fix them first where asked to."""
    parser = argparse.ArgumentParser(prog="dev/lint", description="Run the linters.")
    parser.add_argument("--fix", action="store_true", help="fix what can be fixed")
    stages = ["manual", "pre-commit"] if parser.parse_args().fix else ["pre-commit"]
    try:
        files = _files()
    except Failure as failure:
        sys.exit(f"\n{failure}")
    for stage in stages:
        run = ["pre-commit", "run", "--hook-stage", stage, "--files", *files]
        done = subprocess.run(run, cwd=ROOT, env=_environment(), check=False)
    sys.exit(done.returncode)


def _files():
    """Return the files to look at, new ones included."""
    if not shutil.which("git"):
        install("git, which the linters ask for their files,", "git")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        raise Failure(f"The linters need a git repository: {listed.stderr.strip()}")
    files = listed.stdout.split("\0")
    return sorted({name for name in files if name and (ROOT / name).exists()})


def _environment():
    """Return the variables by which the hooks find their tools."""
    folders = (TOOLS / "bin", NODE / "node_modules/.bin", os.environ["PATH"])
    return dict(
        os.environ,
        PATH=":".join(map(str, folders)),
        NODE_PATH=str(NODE / "node_modules"),
        PRE_COMMIT_HOME=str(HOME / "pre-commit"),
    )


if __name__ == "__main__":
    main()
