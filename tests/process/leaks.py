"""Looking for secrets everywhere that Odoo writes."""

import base64
import re

from helpdesk import CLIENT_ID, CLIENT_SECRET

from databases import DATA

LINE_START = re.compile(r"^\S+ \S+ \d+ ", re.M)
SESSIONS = DATA / "sessions"


def basic_header():
    """The app's credentials as they travel to X."""
    pair = f"{CLIENT_ID}:{CLIENT_SECRET}"
    return base64.b64encode(pair.encode()).decode()


def log_of(helpdesk):
    """The whole log, without the times and process numbers of its lines."""
    return LINE_START.sub("", helpdesk.odoo.read_log())


def dump_of(helpdesk):
    """Every table as text, by its name."""
    tables = helpdesk.query(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    return {
        table: "\n".join(
            row for (row,) in helpdesk.query(f'SELECT t::text FROM "{table}" t')
        )
        for (table,) in tables
    }


def found_in(text, secrets):
    """Those of some secrets that a text holds."""
    # After hours of tests these are thousands, and bytes are searched much faster.
    text = text.encode()
    return [secret for secret in secrets if secret.encode() in text]


def tables_with(dump, secret):
    """The tables that a secret stands in."""
    return {table for table, text in dump.items() if secret in text}


def numbers(text):
    """Runs of six digits that stand alone: what a mailed code would look like."""
    return set(re.findall(r"(?<![\d.#])\d{6}(?!\d)", text))


def path_of_session(browser):
    """Where Odoo keeps a browser's session."""
    name = browser.cookies["session_id"]
    return SESSIONS / name[:2] / name


def session_of(browser):
    """The text of a browser's session as Odoo keeps it on disk."""
    return path_of_session(browser).read_text()
