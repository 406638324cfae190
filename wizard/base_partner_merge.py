from odoo import models


class MergePartnerAutomatic(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """An account proven for one contact is not proven for another.

        It stays where the contact that remains is the eldest of them. Whoever may merge
        could else prove their own account for a contact that they have just made, and
        put a customer's record behind it. The customer connects again.
        """
        contacts = src_partners | dst_partner
        eldest = contacts.sorted(lambda partner: (partner.create_date, partner.id))[:1]
        ended = contacts - (dst_partner & eldest)
        # Whoever may merge contacts need not see their accounts.
        self.env["twitter.identity"].sudo().search(
            [("partner_id", "in", ended.ids)]
        ).unlink()
        if src_partners.with_context(active_test=False).sudo().user_ids:
            # A sign-in that comes along proves nothing yet for the one who remains.
            dst_partner._twitter_unsettle()
        return super()._update_foreign_keys(src_partners, dst_partner)
