from odoo import models


class MergePartnerAutomatic(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """What one contact has proven is not proven for another.

        An account stays where the contact that remains is the eldest of them. Whoever
        may merge could else prove their own account for a contact that they have just
        made, and put a customer's record behind it. The customer connects again.
        """
        contacts = src_partners | dst_partner
        eldest = contacts.sorted(lambda partner: (partner.create_date, partner.id))[:1]
        ended = contacts - (dst_partner & eldest)
        # Whoever may merge contacts need not see their accounts and steps.
        self.env["twitter.identity"].sudo().search(
            [("partner_id", "in", ended.ids)]
        ).unlink()
        self.env["twitter.link.event"].sudo().search(
            [("partner_id", "in", src_partners.ids), ("ticket_id", "!=", False)]
        ).ticket_id = False
        if self._twitter_mixes_proofs(contacts):
            dst_partner._twitter_unsettle()
        return super()._update_foreign_keys(src_partners, dst_partner)

    def _twitter_mixes_proofs(self, contacts):
        """Whether one of the contacts could now be proven by what was another's.

        By a sign-in, by an address, or by an address that somebody changed lately.
        """
        users_sudo = contacts.with_context(active_test=False).sudo().user_ids
        mailboxes = {contact._twitter_mailbox() for contact in contacts}
        unsettled = any(contact._twitter_is_unsettled() for contact in contacts)
        return bool(users_sudo or len(mailboxes) > 1 or unsettled)
