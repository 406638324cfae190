"""A mail server that keeps what it gets, for the demo and the tests to read."""

import asyncio
import email
import email.policy
import threading
import time
from collections import deque
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP

from .net import listen

KEPT = 1000
STAGES = ("CONNECT", "MAIL", "RCPT", "DATA")


@dataclass(frozen=True)
class Mail:
    """One mail as it was delivered.

    :param to: the addresses of the envelope, with commas between them
    :param raw: the message as it came over the wire
    """

    to: str
    subject: str
    text: str
    html: str
    raw: bytes = field(default=b"", repr=False)
    received_at: float = 0.0

    def as_dict(self):
        """What ``/mailbox.json`` tells."""
        return {
            "to": self.to,
            "subject": self.subject,
            "text": self.text,
            "html": self.html,
        }

    @property
    def clock_time(self):
        """When it came, for people."""
        return time.strftime("%H:%M:%S", time.localtime(self.received_at))

    @property
    def framed(self):
        """The HTML for a sandboxed frame; its links open a new tab."""
        return f'<base target="_blank">{self.html}'


@dataclass(frozen=True)
class SmtpFault:
    """What a mail server does to one client in place of taking its mail.

    :param reply: the refusal, such as ``451 4.3.0 Try again later``
    :param at: the command that is refused
    :param silent: never answer that command (at CONNECT: never greet)
    """

    reply: str = "451 4.3.0 Try again later"
    at: str = "DATA"
    silent: bool = False
    times: int | None = 1

    def __post_init__(self):
        """A misspelt command must not pass as no fault."""
        if self.at not in STAGES:
            raise ValueError(f"at is one of {STAGES}")


def read_mail(recipients, raw):
    """Take a message apart."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    return Mail(
        to=",".join(recipients),
        subject=str(message["subject"] or ""),
        text=_part(message, "plain"),
        html=_part(message, "html"),
        raw=raw,
        received_at=time.time(),
    )


def _part(message, kind):
    """The body of a kind, or an empty string."""
    part = message.get_body(preferencelist=(kind,))
    return part.get_content() if part is not None else ""


class Mailbox:
    """The server, in a thread of its own, and the mails.

    :param port: 0 for any free one, see ``port`` after the start
    """

    def __init__(self, port=0):
        self.port = port
        self._mails = deque(maxlen=KEPT)
        self._changed = threading.Condition()
        self._faults = []
        self._loop = None
        self._server = None
        self._thread = None
        self._silent = []

    # reading

    @property
    def messages(self):
        """The mails, newest first."""
        with self._changed:
            return list(self._mails)

    def wait_for(self, predicate, timeout=10):
        """Wait for a mail.

        :param predicate: called with a Mail
        :return: the newest one that it accepts
        :raise TimeoutError: none came in time
        """
        with self._changed:
            found = self._changed.wait_for(
                lambda: next(filter(predicate, self._mails), None), timeout
            )
            if found is None:
                raise TimeoutError(f"no such mail among {len(self._mails)}")
            return found

    def clear(self):
        """Forget all mails."""
        with self._changed:
            self._mails.clear()

    # trouble

    def fail(self, fault):
        """Script what the next client meets."""
        with self._changed:
            self._faults.append([fault, fault.times])

    def take_fault(self, stage):
        """The script for this command, if any."""
        with self._changed:
            for entry in self._faults:
                if entry[0].at == stage:
                    if entry[1] is not None:
                        entry[1] -= 1
                    if entry[1] == 0:
                        self._faults.remove(entry)
                    return entry[0]
        return None

    # running

    def start(self):
        """Open the port and begin to take mail.

        :raise OSError: the port is taken
        """
        sock = listen(self.port)
        self.port = sock.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(
            self._loop.create_server(self._protocol, sock=sock)
        )
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="mailbox", daemon=True
        )
        self._thread.start()
        return self

    def stop(self):
        """Close the port and every connection."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._server.close()
        for connection in self._silent:
            connection.end()
        self._loop.run_until_complete(_end_tasks())
        self._loop.close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *exception):
        self.stop()

    def _protocol(self):
        """One connection; a silent server never greets."""
        fault = self.take_fault("CONNECT")
        if fault is not None and fault.silent:
            self._silent.append(_Silent())
            return self._silent[-1]
        handler = _Handler(self, fault)
        return SMTP(handler, hostname="localhost", loop=self._loop)

    def keep(self, mail):
        """Called by the server for each mail."""
        with self._changed:
            self._mails.appendleft(mail)
            self._changed.notify_all()


class _Silent(asyncio.Protocol):
    """A connection on which nothing is ever said."""

    transport = None

    def connection_made(self, transport):
        """Remember it, to end it with the server."""
        self.transport = transport

    def end(self):
        """Hang up."""
        if self.transport is not None:
            self.transport.abort()


class _Handler:
    """aiosmtpd's hooks."""

    def __init__(self, mailbox, at_connect):
        self.mailbox = mailbox
        self.at_connect = at_connect

    async def handle_MAIL(self, server, session, envelope, address, options):
        """MAIL FROM"""
        refusal = await self._refusal("MAIL")
        if refusal is None:
            envelope.mail_from = address
        return refusal or "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        """RCPT TO"""
        refusal = await self._refusal("RCPT")
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(self, server, session, envelope):
        """The message"""
        refusal = await self._refusal("DATA")
        if refusal is None:
            self.mailbox.keep(read_mail(envelope.rcpt_tos, envelope.content))
        return refusal or "250 Message accepted"

    async def _refusal(self, stage):
        """The scripted reply, or None. A silent server waits until it is stopped."""
        fault = self.at_connect or self.mailbox.take_fault(stage)
        if fault is None:
            return None
        if fault.silent:
            await asyncio.Event().wait()
        return fault.reply


async def _end_tasks():
    """Cancel what still runs, so that no connection is left."""
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
