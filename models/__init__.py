from . import (
    twitter_owner_access_mixin,
    twitter_mail,
    twitter_consent,
    twitter_identity,
    twitter_link_request,
    twitter_link_code,
    twitter_link_event,
    twitter_oauth_transaction,
    res_company,
    res_config_settings,
    res_partner,
    helpdesk_ticket,
)
