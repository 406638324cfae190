"""What this machine has: its Python, its browser, and Debian's package tools."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

from commands import commands
from home import ASK_ODOO_HOME, Failure, say

PYTHONS = ("python3.13", "python3.12", "python3.11", "python3.10")
CHROMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")

_installing = threading.Lock()


def is_debian():
    """Tell whether Debian's package tools and archive serve this machine."""
    release = Path("/etc/os-release")
    text = release.read_text() if release.exists() else ""
    named = re.search(r'^ID="?debian"?$', text, re.M)
    return bool(named and shutil.which("apt-get") and shutil.which("dpkg-deb"))


def install(purpose, *packages):
    """Install Debian packages, or say which command would.

    :param purpose: what is missing without them, the start of a sentence.
    :raise Failure: this is not Debian, or we are not root.
    """
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if not is_debian():
        raise Failure(f"{purpose} is missing on this machine: install it first.")
    if os.geteuid() != 0:
        raise Failure(f"{purpose} is missing: let root run '{' '.join(command)}'.")
    say(f"  {purpose} is missing: {' '.join(command)}")
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    patient = ["-o", "DPkg::Lock::Timeout=300"]
    with _installing:
        commands.run("apt", ["apt-get", *patient, "update"], env=environment)
        commands.run("apt", [*command, *patient], env=environment)


def find_python():
    """Return a Python that Odoo 19 runs on and that can make environments."""
    for name in (sys.executable, *PYTHONS, "/usr/bin/python3"):
        path = shutil.which(name)
        if path and _can_make_environments(path):
            return path
    install("A Python 3.10 to 3.13 that can make virtual environments", "python3-venv")
    if _can_make_environments("/usr/bin/python3"):
        return "/usr/bin/python3"
    raise Failure("Odoo 19 needs Python 3.10 to 3.13, and this machine has none.")


def _can_make_environments(python):
    check = "import sys, ensurepip; sys.exit(not (3, 10) <= sys.version_info < (3, 14))"
    probe = subprocess.run([python, "-c", check], capture_output=True, check=False)
    return probe.returncode == 0


def find_chrome():
    """Return the path of the Chrome that Odoo's tests would take, or None."""
    return next(filter(None, map(shutil.which, CHROMES)), None)


def install_printer():
    """Install what Odoo makes PDFs with, where Debian still has it.

    Without it Odoo shows reports as pages; Debian 13 has dropped it.
    """
    if not shutil.which("wkhtmltopdf") and is_debian() and os.geteuid() == 0:
        with contextlib.suppress(Failure):
            install("What makes PDFs", "wkhtmltopdf")


def debian_mirror():
    """Return the mirror that this machine's own apt takes Debian from."""
    if not is_debian():
        raise Failure(f"Odoo comes from Debian, which this is not: {ASK_ODOO_HOME}.")
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)"]
    listed = subprocess.run(
        [*command, "Created-By: Packages"], capture_output=True, text=True, check=False
    )
    mirrors = [uri for uri in listed.stdout.split() if "security" not in uri]
    if not mirrors:
        raise Failure(f"apt has no source for Debian's packages: {ASK_ODOO_HOME}.")
    return mirrors[0]
