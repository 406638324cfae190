from odoo import api, fields, models
from odoo.exceptions import UserError

AT_ONCE = 100
"""Accounts that are erased before the work done so far is kept."""


class TwitterErasure(models.Model):
    """A company leaves X: all that came from there is erased, and this certifies it.

    X asks for it where access to its API ends, and for evidence of it within ten
    business days (X developer agreement, "Effect of termination"). X is asked nothing,
    so it works where X no longer answers. Receipts stay, with a keyed hash in place of
    the number, as proof of what was agreed.
    """

    _name = "twitter.erasure"
    _description = "Certificate of erasing what came from X"
    _order = "id desc"
    _allow_sudo_commands = False

    company_id = fields.Many2one("res.company", ondelete="set null", readonly=True)
    # As they were then: companies and people are renamed and leave.
    company_name = fields.Char(string="Of the company", required=True, readonly=True)
    done_by = fields.Char(string="Ordered by", required=True, readonly=True)
    state = fields.Selection(
        [("running", "Erasing"), ("done", "Erased")],
        default="running",
        required=True,
        readonly=True,
    )
    started_at = fields.Datetime(required=True, readonly=True)
    finished_at = fields.Datetime(readonly=True)
    account_count = fields.Integer(string="Accounts found", readonly=True)
    email_count = fields.Integer(string="E-mail addresses found", readonly=True)
    trip_count = fields.Integer(string="Ways to X erased", readonly=True)
    link_count = fields.Integer(string="Open links ended", readonly=True)
    erased_count = fields.Integer(string="Accounts erased", readonly=True)
    receipt_count = fields.Integer(string="Receipts kept", readonly=True)

    @api.depends("company_name", "started_at")
    def _compute_display_name(self):
        for erasure in self:
            erasure.display_name = self.env._(
                "X data of %(company)s", company=erasure.company_name
            )

    @api.model
    def _count(self, company):
        """What there is to erase.

        :return: dict of int, named like the fields.
        """
        # Administrators learn how many there are, of all contacts.
        of_company = [("company_id", "=", company.id)]
        identities_sudo = self.env["twitter.identity"].sudo()
        trips_sudo = self.env["twitter.oauth.transaction"].sudo()
        links_sudo = self.env["twitter.link.request"].sudo()
        with_email = [*of_company, ("email", "!=", False)]
        open_links = [*of_company, ("state", "=", "open")]
        return {
            "account_count": identities_sudo.search_count(of_company),
            "email_count": identities_sudo.search_count(with_email),
            "trip_count": trips_sudo.search_count(of_company),
            "link_count": links_sudo.search_count(open_links),
        }

    @api.model
    def _begin(self, company):
        """Close the way to X at once, and have everything erased.

        :raise AccessError: for all but administrators.
        :raise UserError: it is under way already.
        :return: the certificate, not finished yet.
        """
        company = company.with_env(self.env)
        company.check_access("write")
        # Nobody makes certificates by hand.
        erasures_sudo = self.sudo()
        if erasures_sudo._under_way(company):
            raise UserError(self.env._("It is under way already."))
        erasure_sudo = erasures_sudo.create(
            {
                **self._count(company),
                "company_id": company.id,
                "company_name": company.name,
                "done_by": self.env.user.name,
                "started_at": self.env.cr.now(),
            }
        )
        # Without a client ID nobody is sent to X, and both secrets are gone.
        company.write(
            {
                "twitter_client_id": False,
                "twitter_request_email": False,
                "twitter_email_reason": False,
            }
        )
        erasure_sudo._erase_the_rest()
        self.env.ref("helpdesk_twitter_identity.ir_cron_erase").sudo()._trigger()
        return erasure_sudo.sudo(self.env.su)

    @api.model
    def _under_way(self, companies):
        """The certificates that are not finished yet, of some companies."""
        running = [("company_id", "in", companies.ids), ("state", "=", "running")]
        return self.search(running)

    def _erase_the_rest(self):
        """Erase all but the accounts themselves: round trips, links, X's words."""
        of_company = [("company_id", "=", self.company_id.id)]
        self.company_id.twitter_sign_in = False
        # With the mails that have a code in them.
        begun = self.env["twitter.sign.up"].search(of_company)
        begun.mail_id.unlink()
        begun.unlink()
        self.env["twitter.oauth.transaction"].search(of_company).unlink()
        open_links = [*of_company, ("state", "=", "open")]
        self.env["twitter.link.request"].search(open_links)._withdraw()
        self.env["twitter.refresh"].search(of_company).x_answer = False
        self.company_id.twitter_known_callback = False

    @api.model
    def _run(self):
        """Cron: go on with what has begun, a batch at a time."""
        for erasure in self.search([("state", "=", "running")], order="id"):
            while identities := erasure._left(AT_ONCE):
                erasure.erased_count += len(identities)
                identities.consent_id._end(what="left")
                identities.unlink()
                left = len(erasure._left(AT_ONCE))
                if not self.env["ir.cron"]._commit_progress(AT_ONCE, remaining=left):
                    return
                # A run may take long: what is done need not be remembered.
                self.env.invalidate_all()
            erasure._finish()

    def _left(self, count):
        """Accounts that are still to be erased.

        Not one that a customer has connected since, if the company came back to X.
        """
        return self.env["twitter.identity"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("linked_at", "<=", self.started_at),
            ],
            order="id",
            limit=count,
        )

    def _finish(self):
        """Certify it."""
        receipts = [("company_id", "=", self.company_id.id)]
        # A look-up that was under way may have told of something since.
        self.env["twitter.refresh"].search(receipts).x_answer = False
        self.write(
            {
                "state": "done",
                "finished_at": self.env.cr.now(),
                "receipt_count": self.env["twitter.consent"].search_count(receipts),
            }
        )

    def _get_report_base_filename(self):
        """Name of the file that Odoo prints a certificate to."""
        return self.display_name
