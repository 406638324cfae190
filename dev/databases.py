"""Databases made from prepared templates, each with its filestore.

Five templates: `base` has the helpdesk and two languages, `addon` has this addon on
top, `demo` has the demo's records too, `company` has the website and other ways to sign
in beside the addon, `alone` none but passwords. A template's name holds a hash of what
it was made from, and a template gets that name only when it is complete.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import sys
from pathlib import Path

import psycopg2

from commands import commands
from home import DATA, DEV, HOME, LOGS, ROOT, addons_path, odoo_source, say, tree_hash
from postgres import connect, server

FILESTORE = DATA / "filestore"
PARENTS = {
    "base": (),
    **dict.fromkeys(("addon", "demo"), ("base",)),
    **dict.fromkeys(("company", "alone"), ("base", "addon")),
}
"""What each template is made from, the first first."""
# What stands beside the addon's own files and changes nothing in a database.
NOT_INSTALLED = (
    *("dev", "tests", "docs", "readme", "LICENSE", "README.md", "pyproject.toml"),
    *("eslint.config.cjs", "prettier.config.cjs"),
)


def shared():
    """Return how the names of DEV_HOME's databases begin on this server."""
    return "hti_" + hashlib.sha256(f"{HOME} {server()}".encode()).hexdigest()[:6]


def own():
    """Return how the names of this copy of the addon's databases begin."""
    return f"{shared()}_{hashlib.sha256(bytes(ROOT)).hexdigest()[:4]}"


def write_configuration():
    """Write what every Odoo of this addon's copy has in common; return the file."""
    folders = ",".join(str(folder) for folder in addons_path())
    path = HOME / f"{own()}.conf"
    path.write_text(
        "[options]\n"
        f"addons_path = {folders}\n"
        f"data_dir = {DATA}\n"
        "http_interface = 127.0.0.1\n"
        "list_db = False\n"
        "max_cron_threads = 1\n"
    )
    return path


def template(kind):
    """Return the name of a template, which is built first where it is missing.

    :param kind: "base", "addon", "demo", "company" or "alone".
    """
    with (HOME / "templates.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        parent = None
        for step in (*PARENTS[kind], kind):
            name = _name(step)
            if not _exists(name):
                _build(step, name, parent)
            parent = name
    return name


def _name(kind):
    """Return the name of a template."""
    release = odoo_source() / "odoo/release.py"
    origin = f"{release} {release.stat().st_mtime_ns}".encode()
    for file in ("requirements-addons.txt", "fill.py"):
        origin += (DEV / file).read_bytes()
    base = f"{shared()}_base_{hashlib.sha256(origin).hexdigest()[:8]}"
    if kind == "base":
        return base
    addon = tree_hash(ROOT, *NOT_INSTALLED) + tree_hash(DEV / "stand_in")
    key = hashlib.sha256(f"{base} {addon}".encode()).hexdigest()[:8]
    return f"{own()}_{kind}_{key}"


def _build(kind, name, parent):
    """Build a template under another name, then rename it; drop what it replaces."""
    say(f"Preparing the database template '{kind}'")
    family = name.rsplit("_", 1)[0]
    new = f"{family}_new"
    create(new, parent)
    (LOGS / f"template-{kind}.log").unlink(missing_ok=True)
    fill = [sys.executable, DEV / "fill.py", kind, new, write_configuration()]
    commands.run(f"template-{kind}", fill, cwd=HOME)
    for older in _like(f"{family}_%"):
        if older != new:
            with contextlib.suppress(psycopg2.errors.ObjectInUse):
                _drop(older, force=False)
    shutil.rmtree(FILESTORE / name, ignore_errors=True)
    (FILESTORE / new).rename(FILESTORE / name)
    _execute(f'ALTER DATABASE "{new}" RENAME TO "{name}"')


def create(name, parent=None):
    """Make a database, in place of one of that name, as a copy of its parent."""
    drop(name)
    if parent is None:
        _execute(
            f'CREATE DATABASE "{name}" TEMPLATE template0'
            " ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
        )
        (FILESTORE / name).mkdir(parents=True)
        return
    _execute(f'CREATE DATABASE "{name}" TEMPLATE "{parent}"')
    # Odoo never writes into a file of the filestore, so links are copies here.
    shutil.copytree(FILESTORE / parent, FILESTORE / name, copy_function=os.link)


def drop(name):
    """Drop a database, whoever is connected, and its filestore."""
    _drop(name, force=True)


@contextlib.contextmanager
def temporary(name, kind="addon", parent=None):
    """Have a copy of a template for a while; drop what killed commands left.

    :param parent: the template where it is not this tree's own of that kind.
    """
    prefix = f"{own()}_{name}_"
    _forget_dead(prefix)
    full_name = f"{prefix}{os.getpid()}"
    create(full_name, parent or template(kind))
    try:
        yield full_name
    finally:
        drop(full_name)


def _forget_dead(prefix):
    """Drop the databases that killed commands left, and the logs of ended ones."""
    for name in _like(f"{prefix}%"):
        if _is_dead(name.removeprefix(prefix)):
            drop(name)
    for log in LOGS.glob(f"{prefix}*.log"):
        if _is_dead(log.name.removeprefix(prefix).partition("-")[0]):
            log.unlink()


def _is_dead(process):
    """Tell whether this is the number of a process, and of none that lives."""
    return process.isdecimal() and not Path("/proc", process).exists()


def _drop(name, force):
    _execute(f'DROP DATABASE IF EXISTS "{name}"' + (" WITH (FORCE)" if force else ""))
    shutil.rmtree(FILESTORE / name, ignore_errors=True)


def _exists(name):
    """Tell whether a template is there, database and filestore."""
    return (FILESTORE / name).exists() and bool(_like(name))


def _like(pattern):
    """Return the names of the databases that match an SQL pattern."""
    with contextlib.closing(connect()) as connection, connection.cursor() as cursor:
        escaped = pattern.replace("_", r"\_")
        cursor.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE %s", [escaped]
        )
        return [name for (name,) in cursor.fetchall()]


def _execute(statement):
    """Run a statement that no transaction may hold, such as CREATE DATABASE."""
    with contextlib.closing(connect()) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
