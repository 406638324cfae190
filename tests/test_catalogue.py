import re
from dataclasses import fields

from odoo.tests import new_test_user, tagged

from ..models.signing_in_words import SIGNING_IN, words_for_customer
from ..models.twitter_problem import FIXERS, PROBLEMS
from .common import TwitterHttpCase

CODES = """
    cancelled state_unknown state_expired other_browser code_expired
    redirect_uri_mismatch verifier_mismatch client_credentials x_unreachable
    x_unavailable busy rate_limited app_not_enrolled app_suspended credits_depleted
    access_level scope_missing token_rejected account_unavailable unexpected_answer
    already_linked wrong_account wrong_customer internal_user code_wrong code_limit
    no_address link_expired link_used link_withdrawn consent_missing cookies_off
    sign_up_closed not_configured never_returned too_many_attempts
"""
ONLY_CONNECTING = {
    *("wrong_account", "wrong_customer", "no_address", "never_returned"),
    *("link_expired", "link_used", "link_withdrawn"),
    # Told beside the field.
    "code_wrong",
}
"""Those that nobody meets while signing in."""
OF_CONNECTING = re.compile(r"connect|\blinks?\b|our message|your record")
SENTENCE_ENDS = re.compile(r"[.!?](?=\s|$)")


@tagged("post_install", "-at_install")
class TestCatalogue(TwitterHttpCase):
    """One text for each reader of each problem, and the same wherever it is told."""

    def test_the_codes_are_the_closed_set(self):
        self.assertEqual(set(PROBLEMS), set(CODES.split()))

    def test_each_code_has_all_its_texts(self):
        for code, problem in PROBLEMS.items():
            words = problem.in_words(self.env)
            texts = {name: words[name] for name in words if name != "self_help"}
            for name, text in texts.items():
                self.assertTrue(text.strip(), (code, name))
            self.assertEqual(len(set(words["self_help"])), 2, code)
            self.assertTrue(all(words["self_help"]), code)
            self.assertIn(problem.fixer, FIXERS, code)
            self.assertEqual(
                {*texts, "self_help", "status", "start_again"},
                {field.name for field in fields(problem)},
            )

    def test_a_customer_reads_a_headline_and_two_sentences_at_most(self):
        for code, problem in PROBLEMS.items():
            words = problem.in_words(self.env)
            self.assertFalse(SENTENCE_ENDS.search(words["title"]), code)
            self.assertLessEqual(len(SENTENCE_ENDS.findall(words["text"])), 2, code)

    def test_where_starting_again_cannot_help_somebody_else_mends_it(self):
        for code, problem in PROBLEMS.items():
            if problem.status == 502 and not problem.start_again:
                self.assertEqual(problem.fixer, "admin", code)

    def test_who_signs_in_reads_nothing_of_connecting_links_or_messages(self):
        for code in set(PROBLEMS) - ONLY_CONNECTING:
            words = words_for_customer(self.env, code, signing_in=True)
            texts = [words["title"], words["text"], *words["self_help"]]
            for text in texts:
                text = text.replace("Connected apps", "").replace("connection to X", "")
                self.assertNotRegex(text.lower(), OF_CONNECTING, code)
            self.assertEqual(len(set(words["self_help"])), 2, code)
            self.assertFalse(SENTENCE_ENDS.search(words["title"]), code)
            self.assertLessEqual(len(SENTENCE_ENDS.findall(words["text"])), 3, code)
        self.assertFalse(set(SIGNING_IN) & ONLY_CONNECTING)

    def test_who_connects_reads_the_catalogue(self):
        for code, problem in PROBLEMS.items():
            words = words_for_customer(self.env, code, signing_in=False)
            self.assertEqual(words.pop("start_again"), problem.start_again)
            whole = problem.in_words(self.env)
            self.assertEqual(words, {name: whole[name] for name in words}, code)

    def test_the_manual_prints_the_catalogue_for_employees(self):
        new_test_user(self.env, "employee", groups="base.group_user")
        self.authenticate("employee", "employee")
        tree = self.page("/twitter/manual")
        for code, problem in PROBLEMS.items():
            (section,) = tree.xpath(f"//section[@id='{code}']")
            told = " ".join(section.text_content().split()).lower()
            words = problem.in_words(self.env)
            for text in (*words.pop("self_help"), *words.values()):
                self.assertIn(" ".join(text.split()).lower(), told, code)
            others = words_for_customer(self.env, code, signing_in=code in SIGNING_IN)
            self.assertIn(others["title"].lower(), told, code)
            self.assertIn(others["text"].lower(), told, code)

    def test_customers_and_visitors_read_no_manual(self):
        self.assertEqual(self.get("/twitter/manual").status_code, 303)
        self.authenticate("test_ana", "test_ana")
        self.assertEqual(self.get("/twitter/manual").status_code, 404)
