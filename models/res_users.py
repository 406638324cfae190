from odoo import api, fields, models
from odoo.tools import SQL

from .twitter_link_event import SIGN_INS
from .twitter_sign_in import TYPE
from .under_way import mailing, sign_up_under_way, signing_up

# Odoo keeps no note of it: visitors sign up as the public user.
MARK_SIGN_UPS = """
    UPDATE res_partner SET twitter_sign_up = 'open'
      FROM res_users u JOIN res_users maker ON maker.id = u.create_uid
     WHERE u.partner_id = res_partner.id AND u.share AND maker.share
"""


class ResUsers(models.Model):
    """Notes which addresses are known to be read by the customer of a portal account.

    Odoo lets visitors sign up with any address and never asks whether it is theirs.
    """

    _inherit = "res.users"

    twitter_sign_in_identity_id = fields.Many2one(
        "twitter.identity",
        string="Signs in with the X account",
        compute="_compute_twitter_sign_in",
        groups="base.group_system",
    )
    twitter_sign_in_since = fields.Datetime(
        string="Signs in with X since",
        compute="_compute_twitter_sign_in",
        groups="base.group_system",
    )
    twitter_signed_in_at = fields.Datetime(
        string="Last sign-in with X",
        compute="_compute_twitter_sign_in",
        groups="base.group_system",
    )

    @api.depends_context("company")
    def _compute_twitter_sign_in(self):
        chosen = self.env["twitter.identity"].search(
            [("sign_in_user_id", "in", self._origin.ids)]
        )
        by_user = {one.sign_in_user_id: one for one in chosen}
        latest = self.env["twitter.link.event"]._read_group(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("kind", "in", SIGN_INS),
            ],
            ["partner_id"],
            ["create_date:max"],
        )
        signed_in_at = dict(latest)
        for user in self:
            identity = by_user.get(user._origin)
            user.twitter_sign_in_identity_id = identity
            user.twitter_sign_in_since = identity and identity.sign_in_since
            user.twitter_signed_in_at = signed_in_at.get(user.partner_id)

    def action_twitter_sign_ins(self):
        """Show when this user signed in with X.

        :return: dict, an action.
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_twitter_identity.twitter_link_event_action_sign_ins"
        )
        own = ("partner_id", "=", self.partner_id.id)
        # Of one person, when and from where; how many a week is the report's.
        views = sorted(action["views"], key=lambda view: view[1] != "list")
        return {
            **action,
            "views": views,
            "domain": [own, ("kind", "in", SIGN_INS)],
        }

    def _check_credentials(self, credential, env):
        """Let in who has just signed in with X; Odoo asks for a second factor then."""
        if credential["type"] != TYPE:
            return super()._check_credentials(credential, env)
        # Nobody may read a round trip; this one is compared with the browser's bits.
        sign_ins_sudo = self.env["twitter.sign.in"].sudo()
        return {
            "uid": self.env.user.id,
            "auth_method": TYPE,
            "mfa": "default",
            "twitter": sign_ins_sudo._check(self.env.user, credential),
        }

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        if how := sign_up_under_way():
            # Nobody may touch the field; this is where it is known.
            for partner_sudo in users.partner_id.sudo():
                if partner_sudo.twitter_sign_up != "readdressed":
                    partner_sudo.twitter_sign_up = how
        elif self.env.user._is_internal():
            # The company made the account for a customer that it knows.
            for partner in users.partner_id:
                partner._twitter_note_confirmed(partner._twitter_mailbox())
        return users

    @api.model
    def signup(self, values, token=None):
        """Who chooses a password for an account that there is has got a mail.

        A token for a contact without one may have been shown on a page instead, it
        stands in quoted and forwarded mails, and employees can ask for it.
        """
        # Visitors may read no contact; the token names one.
        partners_sudo = self.env["res.partner"].sudo()
        partner_sudo = token and partners_sudo._signup_retrieve_partner(token)
        had_account = partner_sudo and partner_sudo.user_ids
        mailed_to = partner_sudo and partner_sudo._twitter_mailed_token()
        # Odoo's `auth_oauth` comes here without one.
        has_password = bool(values.get("password"))
        with signing_up("token" if token else "open"):
            result = super().signup(values, token)
        if had_account and has_password:
            # Visitors have no access; these are of the contact that the token names.
            self.env["twitter.sign.in"].sudo()._note_new_password(partner_sudo)
        if mailed_to:
            partner_sudo._twitter_note_confirmed(mailed_to)
            partner_sudo._twitter_trust_account()
        elif had_account and partner_sudo._twitter_token_was_shown():
            # Whoever read the token may be the one who signs in from now on.
            partner_sudo._twitter_unsettle()
        return result

    def _action_reset_password(self, signup_type="reset"):
        with mailing():
            return super()._action_reset_password(signup_type=signup_type)

    @api.model
    def _twitter_mark_sign_ups(self):
        """Mark the accounts that customers made before this addon was installed."""
        self.env.cr.execute(SQL(MARK_SIGN_UPS))
        self.env["res.partner"].invalidate_model(["twitter_sign_up"])

    @api.model
    def _twitter_mails_passwords(self):
        """Whether Odoo mails a link to choose a new password to whoever asks."""
        # A setting of the whole site, which no visitor may read.
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        return parameters_sudo.get_param("auth_signup.reset_password") == "True"

    def _twitter_without_password(self):
        """Those who can't sign in with a password."""
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM res_users WHERE id = ANY(%s)"
                " AND COALESCE(password, '') = ''",
                self.ids,
            )
        )
        return self.browse(number for (number,) in rows)

    def _deactivate_portal_user(self, **post):
        """Deleting the account disconnects, at once.

        Odoo archives the contact and deletes it later, or never: invoices keep it.
        """
        partners = self.filtered("share").partner_id.filtered(
            # Who may be a stranger ends no connection of the customer.
            lambda partner: not partner._twitter_is_taken()
        )
        # Customers have no access to any identity; these are their own.
        identities_sudo = self.env["twitter.identity"].sudo()
        for partner_sudo in partners.sudo():
            # Not the way back in: there is nothing left to come in to.
            self.env["twitter.sign.in"].sudo()._take_back(partner_sudo)
        identities_sudo.search([("partner_id", "in", partners.ids)]).unlink()
        return super()._deactivate_portal_user(**post)
