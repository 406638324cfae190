"""Counts, inside a measured Odoo, what each request costs; runs nowhere else.

Odoo loads this process-wide, by its option `--load`, before it serves. Each answer then
carries a header with the request's costs. Both sides of a ratio carry the same meter.
"""

import functools
import os
import socket
import threading
import time

from psycopg2.extensions import TRANSACTION_STATUS_IDLE, cursor

from odoo import http, sql_db

from .reading import EXPLAIN, HEADER, Reading

_thread = threading.local()


def install():
    """Measure every request from here on."""
    http.Application.__call__ = _measured(http.Application.__call__)
    sql_db.PsycoConnection.cursor = _counting_cursor
    sql_db.PsycoConnection.commit = _counting_commit
    # Every answer of another server is read here; PostgreSQL's are not.
    socket.SocketIO.readinto = _away(socket.SocketIO.readinto)
    socket.socket.connect = _away(socket.socket.connect)


def _measured(application):
    """Let each answer of the application tell what its request cost."""

    @functools.wraps(application)
    def measured(self, environ, start_response):
        reading = _thread.reading = Reading(pid=os.getpid())
        _thread.table = environ.get(f"HTTP_{EXPLAIN.upper().replace('-', '_')}")
        start, processor = time.perf_counter(), time.thread_time()

        def answer(status, headers, exc_info=None):
            reading.seconds = time.perf_counter() - start
            reading.processor = time.thread_time() - processor
            headers = [*headers, (HEADER, reading.to_header())]
            return start_response(status, headers, exc_info)

        return application(self, environ, answer)

    return measured


def _away(call):
    """Add up the time that a request waits for another server."""

    @functools.wraps(call)
    def timed(*args, **kwargs):
        start = time.perf_counter()
        try:
            return call(*args, **kwargs)
        finally:
            _reading().away += time.perf_counter() - start

    return timed


def _reading():
    """Return the reading of this thread's request; outside of one, of nobody's."""
    return getattr(_thread, "reading", None) or Reading()


class _CountingCursor(cursor):
    def execute(self, *args):
        """Count a statement."""
        _reading().statements += 1
        table = getattr(_thread, "table", None)
        if table and f'"{table}"' in str(args[0]):
            self._explain(*args)
        return super().execute(*args)

    def _explain(self, query, *params):
        """Keep from where PostgreSQL is going to read."""
        cursor.execute(self, f"EXPLAIN (FORMAT JSON) {query}", *params)
        ((plan,),) = self.fetchall()
        _reading().scans += _scans(plan[0]["Plan"])


def _scans(node):
    """Return the tables that a plan scans, each with its index or without."""
    inner = [scan for child in node.get("Plans", ()) for scan in _scans(child)]
    if "Index Name" in node:
        return [*inner, {"index": node["Index Name"]}]
    if node["Node Type"] == "Seq Scan":
        return [*inner, {"table": node["Relation Name"]}]
    return inner


def _counting_cursor(self):
    """Give out cursors that count."""
    return super(sql_db.PsycoConnection, self).cursor(cursor_factory=_CountingCursor)


def _counting_commit(self):
    """Count a commit, unless there is nothing to commit."""
    if self.get_transaction_status() != TRANSACTION_STATUS_IDLE:
        _reading().commits += 1
    return super(sql_db.PsycoConnection, self).commit()
