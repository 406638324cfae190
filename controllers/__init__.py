from . import (
    home,
    ir_http,
    ir_websocket,
    manual,
    portal,
    redaction,
    res_users,
    twitter_callback,
    twitter_data,
    twitter_help,
    twitter_link,
    twitter_receipt,
    twitter_sign_in,
    twitter_undo,
)

redaction.install()
