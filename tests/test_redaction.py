import logging
import sys
import time

from odoo.tests import BaseCase, tagged

from ..controllers.redaction import LOGGERS, RedactingFilter, install, redact
from ..models.masking import mask_address, mask_name, short_name
from .common import covers


class Unprintable:
    def __str__(self):
        raise LookupError("s3cret")


@tagged("post_install", "-at_install")
class TestRedaction(BaseCase):
    @covers("R101", "R117", "T22")
    def test_tokens_states_and_codes_are_cut_out_of_addresses(self):
        for text, cut in (
            (
                "GET /twitter/link/tok-en_1 HTTP/1.1",
                "GET /twitter/link/[redacted] HTTP/1.1",
            ),
            ("/twitter/link/tok/verify", "/twitter/link/[redacted]/verify"),
            (
                "/pt_BR/twitter/link/tok?x=1",
                "/pt_BR/twitter/link/[redacted]?[redacted]",
            ),
            ("/twitter/callback?state=s&code=c", "/twitter/callback?[redacted]"),
            ("'/twitter/confirm/ref'", "'/twitter/confirm/[redacted]'"),
            ("/twitter/resume/ref/code", "/twitter/resume/[redacted]/code"),
            ("/web/login?redirect=/twitter/link/continue",) * 2,
            ("/my/twitter/connect",) * 2,
        ):
            self.assertEqual(redact(text), cut)

    @covers("R117", "T22")
    def test_a_statement_that_failed_shows_no_value(self):
        record = logging.LogRecord(
            "odoo.sql_db",
            logging.ERROR,
            "",
            0,
            "bad query: UPDATE res_company SET twitter_client_secret_kept='s3cret'",
            (),
            None,
        )
        self.assertTrue(RedactingFilter().filter(record))
        self.assertNotIn("s3cret", record.getMessage())

    @covers("R117", "T22")
    def test_a_refused_row_and_a_traced_call_show_no_value(self):
        for text in (
            "company(1,).write({'name': 'x', 'twitter_client_secret': 's3cret'})",
            'null value in column "a" of relation "res_company" violates not-null\n'
            "DETAIL:  Failing row contains (1, s3cret).",
            'new row for relation "twitter_oauth_transaction" violates check\n'
            "DETAIL:  Failing row contains (1, s3cret).",
        ):
            self.assertNotIn("s3cret", redact(text))

    @covers("R117", "T22")
    def test_a_traceback_shows_no_token(self):
        try:
            raise ValueError("/twitter/link/s3cret")
        except ValueError:
            exc_info = sys.exc_info()
        record = logging.LogRecord("any", 40, "", 0, "failed", (), exc_info)
        RedactingFilter().filter(record)
        self.assertNotIn("s3cret", logging.Formatter().format(record))
        self.assertIn("ValueError", record.exc_text)

    def test_other_lines_stay_as_they_are(self):
        record = logging.LogRecord(
            "werkzeug", 20, "", 0, "%s %d", ("GET /my", 200), None
        )
        RedactingFilter().filter(record)
        self.assertEqual(record.getMessage(), "GET /my 200")
        self.assertEqual(record.args, ("GET /my", 200))

    @covers("R90")
    def test_a_flood_of_what_looks_like_secrets_takes_no_time(self):
        """Strangers choose the address and the name that are logged."""
        for part in (
            "twitter_client_secret",
            "twitter_client_secret=",
            "twitter_client_secret='",
            "twitter_client_secret" + " " * 99,
            'relation "twitter_x" ',
            'relation "twitter_x" DETAIL:',
            "/twitter/link/",
            "/twitter/link",
        ):
            began = time.process_time()
            redact(part * (200_000 // len(part)))
            # Milliseconds; minutes where a pattern looks again for each beginning.
            self.assertLess(time.process_time() - began, 5, part)

    def test_arguments_that_do_not_fit_hurt_nobody_who_logs(self):
        for message, arguments in (
            ("%s %s", ("s3cret",)),
            ("%d", ("s3cret",)),
            ("%s", (Unprintable(),)),
        ):
            record = logging.LogRecord("any", 20, "f.py", 7, message, arguments, None)
            self.assertTrue(RedactingFilter().filter(record))
            self.assertEqual(record.getMessage(), "[arguments of f.py:7 do not fit]")

    def test_the_filter_is_installed_once(self):
        install()
        for name in LOGGERS:
            filters = logging.getLogger(name).filters
            self.assertEqual(
                sum(isinstance(one, RedactingFilter) for one in filters), 1, name
            )


@tagged("post_install", "-at_install")
class TestMasking(BaseCase):
    @covers("T5", "T11")
    def test_a_name_shows_first_letters(self):
        for name, masked in (
            ("Ana Souza", "A••• S•••"),
            ("Ana Maria de Souza", "A••• S•••"),
            ("Ana", "A•••"),
            ("", ""),
            (False, ""),
        ):
            self.assertEqual(mask_name(name), masked)

    @covers("T5", "T11")
    def test_an_address_shows_its_provider_where_everybody_has_it(self):
        for address, masked in (
            ("ana@gmail.com", "a•••@gmail.com"),
            ("Ana <ana@souza.example>", "a•••@•••"),
            ("", ""),
            (False, ""),
        ):
            self.assertEqual(mask_address(address), masked)

    def test_a_proven_customer_sees_a_short_name(self):
        for name, short in (("Ana Souza", "Ana S."), ("Ana", "Ana"), (False, "")):
            self.assertEqual(short_name(name), short)
