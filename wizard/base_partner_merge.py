from odoo import api, fields, models
from odoo.fields import Domain


class MergePartnerAutomatic(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    twitter_notice = fields.Text(compute="_compute_twitter_notice")

    @api.depends("partner_ids", "dst_partner_id")
    def _compute_twitter_notice(self):
        for wizard in self:
            wizard.twitter_notice = wizard.dst_partner_id and wizard._twitter_notice()

    def _twitter_notice(self):
        """What becomes of the contacts' X accounts, before they are merged.

        :return: str, or False: there are none that the user may see.
        """
        contacts = self.partner_ids._origin | self.dst_partner_id._origin
        identities = self.env["twitter.identity"]
        if not identities.has_access("read"):
            return False
        # The rule looks at what the user need not see; told is what they do see.
        kept_ids = identities.sudo()._kept(contacts, self.dst_partner_id._origin).ids
        lines = [
            self._twitter_line(identity, identity.id in kept_ids)
            for identity in identities.search([("partner_id", "in", contacts.ids)])
        ]
        if lines and len(self._twitter_users(contacts)) > 1:
            return self.env._(
                "Odoo does not merge contacts that have several portal accounts."
            )
        if lines and self._twitter_mixes_proofs(contacts):
            lines.append(
                self.env._(
                    "For seven days nothing can be connected to the contact that "
                    "remains: its portal accounts or e-mail addresses will have come "
                    "from different contacts."
                )
            )
        return "\n".join(lines) or False

    def _twitter_line(self, identity, stays):
        """What becomes of one account."""
        values = {"account": identity.display_name, "contact": identity.partner_id.name}
        if stays:
            return self.env._(
                "The X account %(account)s of %(contact)s stays with the contact that "
                "remains.",
                **values,
            )
        return self.env._(
            "The X account %(account)s of %(contact)s will be disconnected: it is not "
            "proven for the contact that remains.",
            **values,
        )

    def _twitter_users(self, contacts):
        """The accounts by which somebody may sign in, or could once."""
        # Whoever may merge contacts need not see users.
        return contacts.with_context(active_test=False).sudo().user_ids

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Of the X accounts, leave those that are still their owner's."""
        contacts = src_partners | dst_partner
        # Whoever may merge contacts need not see their accounts.
        identities_sudo = self.env["twitter.identity"].sudo()
        found_sudo = identities_sudo.search([("partner_id", "in", contacts.ids)])
        (found_sudo - identities_sudo._kept(contacts, dst_partner))._end_by_merge()
        self._twitter_part_events(src_partners, contacts)
        if self._twitter_mixes_proofs(contacts):
            dst_partner._twitter_unsettle()
        signed_up = set(contacts.sudo().mapped("twitter_sign_up")) - {False}
        if signed_up:
            # Who signed up is not known to be any of the others.
            readdressed = "readdressed" in signed_up
            dst_partner.sudo().twitter_sign_up = (
                "readdressed" if readdressed else "token"
            )
        return super()._update_foreign_keys(src_partners, dst_partner)

    def _twitter_part_events(self, src_partners, contacts):
        """What one contact has done and shown, no other has."""
        # Whoever may merge contacts need not see their steps.
        events_sudo = self.env["twitter.link.event"].sudo()
        of_merged = [("partner_id", "in", src_partners.ids)]
        events_sudo.search([*of_merged, ("ticket_id", "!=", False)]).ticket_id = False
        owned = Domain("owner_id", "in", contacts.ids)
        shown = Domain("owner_id", "!=", False) & Domain(of_merged)
        events_sudo.search(owned | shown).owner_id = False

    def _twitter_mixes_proofs(self, contacts):
        """Whether one of the contacts could now be proven by what was another's.

        By a sign-in, by an address, or by an address that somebody changed lately.
        """
        users_sudo = self._twitter_users(contacts)
        mailboxes = {contact._twitter_mailbox() for contact in contacts}
        unsettled = any(contact._twitter_is_unsettled() for contact in contacts)
        return bool(users_sudo or len(mailboxes) > 1 or unsettled)
