from . import (
    base_partner_merge,
    portal_wizard_user,
    twitter_erasure_wizard,
    twitter_link_wizard,
    twitter_set_up_wizard,
)
