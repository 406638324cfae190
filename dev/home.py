"""Where the commands of this folder keep what they set up, and from where Odoo comes.

Standard library only: the machine's own Python reads this before anything is set up,
and the modules inside the virtual environment read it for the paths.
"""

from __future__ import annotations

import hashlib
import os
import re
import signal
from pathlib import Path

DEV = Path(__file__).resolve().parent
ROOT = DEV.parent
ADDON = "helpdesk_twitter_identity"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache")
HOME = Path(os.environ.get("DEV_HOME") or CACHE / "helpdesk-twitter-identity")
HOME = HOME.expanduser().absolute()

VENV = HOME / "venv"  # Odoo's Python packages and those of the tests
TOOLS = HOME / "tools"  # the linters' Python packages
NODE = HOME / "node"  # the linters' npm packages
SOURCE = HOME / "odoo" / "usr/lib/python3/dist-packages"
ADDONS = HOME / "addons"  # the helpdesk
LINK = HOME / "links" / hashlib.sha256(bytes(ROOT)).hexdigest()[:8]  # this addon
DATA = HOME / "data"  # Odoo's filestore
LOGS = HOME / "logs"

ASK_ODOO_HOME = "set ODOO_HOME to a folder that holds Odoo 19.0"


class Failure(Exception):
    """One clear sentence for the person at the terminal."""


def say(text):
    """Print a line of progress at once."""
    print(text, flush=True)  # pylint: disable=print-used


def stop_by_signals():
    """Let Ctrl-C and SIGTERM raise KeyboardInterrupt, also where SIGINT was ignored.

    A shell lets the commands that it puts into the background ignore it.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)


def ignore_signals():
    """Let nothing cut the stopping short."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def odoo_source():
    """Return the folder to import Odoo from: ODOO_HOME's, else our own.

    :raise Failure: ODOO_HOME holds no Odoo, or not 19.0.
    """
    given = os.environ.get("ODOO_HOME")
    if not given:
        return SOURCE
    base = Path(given).expanduser().absolute()
    for folder in (base, base / "usr/lib/python3/dist-packages"):
        release = folder / "odoo/release.py"
        if release.exists():
            if re.search(r"^version_info = \(19, 0,", release.read_text(), re.M):
                return folder
            raise Failure(f"ODOO_HOME={given} is not Odoo 19.0: see {release}.")
    raise Failure(f"ODOO_HOME={given} holds no Odoo: odoo/release.py is missing.")


def addons_path():
    """Return the folders that Odoo looks for addons in, beside its own."""
    beside = odoo_source() / "addons"
    return [LINK, ADDONS, *([beside] if (beside / "web").exists() else [])]


def tree_hash(folder, *skipped):
    """Return a hash of all files below a folder, but for hidden and skipped ones."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        hidden = any(part.startswith((".", "__pycache__")) for part in relative.parts)
        if path.is_file() and not hidden and relative.parts[0] not in skipped:
            digest.update(bytes(relative) + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]
