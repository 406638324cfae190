"""The demo: `dev/run [--port 8069] [--x-port 8070]`.

Odoo with the helpdesk, this addon and demo records, a local stand-in for X, and a
mailbox in place of mail servers. The database is new at each start.
"""

import argparse
import contextlib
import http.cookiejar
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import databases
import postgres
from home import HOME, LOGS, Failure, ignore_signals, say, stop_by_signals
from odoo_process import DIRECT, OdooProcess, free_port, wait_for_page

X_BASES = ("TWITTER_IDENTITY_AUTHORIZE_BASE", "TWITTER_IDENTITY_API_BASE")
MEDIA_BASE = "TWITTER_IDENTITY_MEDIA_BASE"
MAIL_SECONDS = 4
"""How often the demo sends what is queued, and looks whether its parts still run."""
LOGINS = {
    "admin": "administrator",
    "agent": "helpdesk user",
    "customer": "Ana Souza, portal user",
    "customer2": "Carla Dias, portal user",
}


def main():
    """Run the demo until a signal ends it; say in one sentence what failed."""
    options = _parse()
    stop_by_signals()
    try:
        _serve(options.port, options.x_port)
    except Failure as failure:
        sys.exit(f"\n{failure}")
    except KeyboardInterrupt:
        say("\nStopped.")


def _parse():
    parser = argparse.ArgumentParser(prog="dev/run", description="Run the demo.")
    parser.add_argument("--port", type=_port, default=8069, help="Odoo's port")
    parser.add_argument("--x-port", type=_port, default=8070, help="the stand-in's")
    options = parser.parse_args()
    if options.port == options.x_port:
        parser.error("--port and --x-port must differ")
    return options


def _port(text):
    """Read a port number; argparse makes a sentence of the error."""
    if not (text.isdecimal() and 0 < int(text) < 65536):
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return int(text)


def _serve(port, x_port):
    """Start everything, say READY, and wait; whatever happens, stop everything."""
    for wanted, option in ((port, "--port"), (x_port, "--x-port")):
        _check_free(wanted, option)
    with contextlib.ExitStack() as stack:
        try:
            _start(stack, port, x_port)
        finally:
            ignore_signals()


def _start(stack, port, x_port):
    """Start one part after the other; each leaves on the stack how to stop it."""
    smtp_port = free_port()
    stack.enter_context(postgres.running())
    database = f"{databases.own()}_run_{port}"
    databases.create(database, databases.template("demo"))
    _set_addresses(database, port)
    stand_in = stack.enter_context(_stand_in(port, x_port, smtp_port))
    odoo = stack.enter_context(_odoo(database, port, x_port, smtp_port))
    _visit_pages(odoo)
    if not wait_for_page(f"http://127.0.0.1:{x_port}/health", lambda: _runs(stand_in)):
        raise Failure(f"The stand-in for X does not answer; its log is in {LOGS}.")
    _greet(port, x_port, odoo.log)
    stack.callback(say, "\nStopping…")
    while odoo.is_running() and _runs(stand_in):
        _send_queued_mail(database)
        time.sleep(MAIL_SECONDS)
    raise Failure(f"A part of the demo ended by itself; the logs are in {LOGS}.")


def _check_free(port, option):
    """Refuse a port that another program listens on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            reason = error.strerror.lower()
            raise Failure(
                f"Port {port} can't be had ({reason}); choose another with {option}."
            ) from error


def _set_addresses(database, port):
    """Tell the new database at which address people reach it."""
    url = f"http://127.0.0.1:{port}"
    parameters = {"web.base.url": url, "web.base.url.freeze": "True"}
    with contextlib.closing(postgres.connect(database)) as connection:
        cursor = connection.cursor()
        for key, value in parameters.items():
            cursor.execute("DELETE FROM ir_config_parameter WHERE key = %s", [key])
            cursor.execute(
                "INSERT INTO ir_config_parameter (key, value) VALUES (%s, %s)",
                [key, value],
            )
        cursor.execute(
            "UPDATE res_company SET twitter_public_url = %s, twitter_privacy_url = %s",
            [url, f"{url}/privacy"],
        )


@contextlib.contextmanager
def _stand_in(port, x_port, smtp_port):
    """Run the stand-in for X with the mailbox, or the mailbox alone."""
    options = ["--port", x_port, "--smtp-port", smtp_port, "--demo"]
    if _has_own_x():
        options.append("--mailbox-only")
    else:
        options += ["--redirect-uri", f"http://127.0.0.1:{port}/twitter/callback"]
    command = [sys.executable, "-m", "stand_in", *map(str, options)]
    with (LOGS / f"stand_in-{x_port}.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=HOME,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _runs(process):
    """Tell whether a process lives."""
    return process.poll() is None


def _has_own_x():
    """Tell whether the environment names another X than our stand-in."""
    return all(os.environ.get(name) for name in X_BASES)


def _odoo(database, port, x_port, smtp_port):
    """Return the Odoo of the demo: threaded, its mails to the mailbox."""
    env = {}
    if not _has_own_x():
        env = dict.fromkeys((*X_BASES, MEDIA_BASE), f"http://127.0.0.1:{x_port}")
    mail = ["--smtp", "127.0.0.1", "--smtp-port", smtp_port]
    return OdooProcess(database, port, env=env, options=mail)


def _send_queued_mail(database):
    """Wake Odoo's mail queue where something waits; by itself it wakes hourly."""
    with contextlib.closing(postgres.connect(database)) as connection:
        cursor = connection.cursor()
        cursor.execute(
            "INSERT INTO ir_cron_trigger (cron_id, call_at)"
            " SELECT res_id, now() AT TIME ZONE 'UTC' FROM ir_model_data"
            " WHERE module = 'mail' AND name = 'ir_cron_mail_scheduler_action'"
            " AND EXISTS (SELECT 1 FROM mail_mail WHERE state = 'outgoing')"
        )
        waiting = cursor.rowcount
    if waiting:
        with contextlib.closing(postgres.connect()) as connection:
            connection.cursor().execute(
                "SELECT pg_notify('cron_trigger', %s)", [database]
            )


def _visit_pages(odoo):
    """Load the pages that people start from, each with all of its bundles."""
    for login, page in (("admin", "/odoo"), ("customer", "/my")):
        browser = urllib.request.build_opener(
            DIRECT, urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )
        try:
            _sign_in(browser, odoo.url, login)
            text = browser.open(odoo.url + page).read().decode()
            for bundle in re.findall(r'(?:src|href)="(/web/assets/[^"]+)"', text):
                browser.open(odoo.url + bundle).read()
        except urllib.error.URLError as error:
            raise Failure(f"{page} does not answer: {error}; see {odoo.log}") from error


def _sign_in(browser, url, login):
    """Sign in as a person would; the demo's passwords are the logins."""
    form = browser.open(f"{url}/web/login").read().decode()
    token = re.search(r'name="csrf_token" value="([^"]+)"', form)[1]
    fields = {"csrf_token": token, "login": login, "password": login}
    answer = browser.open(f"{url}/web/login", urllib.parse.urlencode(fields).encode())
    if answer.url.endswith("/web/login"):
        raise Failure(f"The demo's user '{login}' can't sign in.")


def _greet(port, x_port, log):
    """Say where everything is, and then that it is ready."""
    say("")
    for login, who in LOGINS.items():
        say(f"  {login}/{login}".ljust(24) + who)
    say(f"  mails sent: http://127.0.0.1:{x_port}/mailbox (.json for programs)")
    if not _has_own_x():
        say(f"  X's accounts, to rename or suspend: http://127.0.0.1:{x_port}/accounts")
    say(f"  log: {log}\n")
    say(f"READY http://127.0.0.1:{port}")


if __name__ == "__main__":
    main()
