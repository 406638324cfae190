"""``python -m stand_in``: the stand-in and its mailbox for the demo."""

import argparse
import signal
import sys
import threading
from contextlib import ExitStack

from .apps import demo_app
from .mailbox import Mailbox
from .server import StandIn


def parse(arguments):
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="stand_in", description=__doc__)
    parser.add_argument("--port", type=int, default=8070)
    parser.add_argument("--smtp-port", type=int, default=8025)
    parser.add_argument(
        "--redirect-uri",
        action="append",
        default=[],
        metavar="URL",
        help="callback address of the demo's app; may be given up to ten times",
    )
    parser.add_argument(
        "--demo", action="store_true", help="say on the page that this is not X"
    )
    parser.add_argument(
        "--mailbox-only", action="store_true", help="mails only, nothing of X"
    )
    options = parser.parse_args(arguments)
    if not (options.redirect_uri or options.mailbox_only):
        parser.error("--redirect-uri is needed: X redirects to no other address")
    return options


def main(arguments=None):
    """Run until SIGTERM or SIGINT; a port that is taken ends it with status 1."""
    options = parse(arguments)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    apps = () if options.mailbox_only else (demo_app(options.redirect_uri),)
    mailbox = Mailbox(options.smtp_port)
    stand_in = StandIn(
        apps,
        options.port,
        demo=options.demo,
        mailbox=mailbox,
        mailbox_only=options.mailbox_only,
    )
    with ExitStack() as stack:
        try:
            stack.enter_context(mailbox)
            stack.enter_context(stand_in)
        except OSError as error:
            sys.exit(error.strerror)
        sys.stdout.write(f"READY {stand_in.base_url}\n")
        sys.stdout.flush()
        stop.wait()


if __name__ == "__main__":
    main()
