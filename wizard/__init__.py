from . import base_partner_merge, twitter_link_wizard
