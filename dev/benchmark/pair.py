"""Two Odoos that are alike but for the addon."""

import contextlib
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import databases
import postgres
from commands import commands
from home import DEV, HOME, LOGS, addons_path
from odoo_process import OdooProcess

METER = "benchmark_meter"
"""Name of the module that Odoo loads process-wide; it exists while the pair runs."""
VARIABLES = ("AUTHORIZE", "API", "MEDIA")


@dataclass
class Pair:
    """The two servers: `plain` without the addon, `addon` with it."""

    plain: OdooProcess
    addon: OdooProcess

    def each(self):
        """Return both, the one without the addon first."""
        return self.plain, self.addon


@contextlib.contextmanager
def running(x_url, port, validation_endpoint):
    """Have both servers, each with one worker, on databases with the same records.

    :param x_url: the stand-in's address
    :param port: of the server with the addon, whose address X has to know
    :param validation_endpoint: of the server that `auth_oauth` asks
    :rtype: Pair
    """
    with contextlib.ExitStack() as stack:
        plain, addon = _databases(stack, port, validation_endpoint)
        options = _options(stack)
        env = _environment(x_url)
        servers = [
            OdooProcess(plain, workers=1, env=env, options=options),
            OdooProcess(addon, port, workers=1, env=env, options=options),
        ]
        yield Pair(*(stack.enter_context(server) for server in servers))


def _databases(stack, port, validation_endpoint):
    """Make both databases, which are dropped with the stack; return their names."""
    plain, addon = (
        f"{databases.own()}_bench_{kind}_{os.getpid()}" for kind in ("plain", "addon")
    )
    stack.callback(databases.drop, plain)
    databases.create(plain, databases.template("base"))
    _fill("plain", plain, validation_endpoint)
    stack.callback(databases.drop, addon)
    databases.create(addon, plain)
    _fill("addon", addon, f"http://127.0.0.1:{port}")
    for database in (plain, addon):
        with contextlib.closing(postgres.connect(database)) as connection:
            connection.cursor().execute("VACUUM ANALYZE")
    return plain, addon


def _fill(kind, database, *arguments):
    (LOGS / f"bench-{kind}.log").unlink(missing_ok=True)
    fill = [sys.executable, "-m", "benchmark.fill", kind, database]
    configuration = databases.write_configuration()
    commands.run(f"bench-{kind}", [*fill, configuration, *arguments], cwd=HOME)


def _options(stack):
    """Return the options of both servers; the meter's module goes with the stack."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    module = folder / METER
    module.mkdir()
    (module / "__init__.py").write_text("from benchmark.meter import install\n")
    (module / "__manifest__.py").write_text("{'name': 'Meter', 'post_load': 'install'}")
    paths = ",".join(map(str, [*addons_path(), folder]))
    return (
        *("--addons-path", paths, "--load", f"base,rpc,web,{METER}"),
        *("--max-cron-threads", "0"),
    )


def _environment(x_url):
    """Return the variables of both servers, the same hashes in each included."""
    bases = {f"TWITTER_IDENTITY_{name}_BASE": x_url for name in VARIABLES}
    return {**bases, "PYTHONPATH": str(DEV), "PYTHONHASHSEED": "0"}
