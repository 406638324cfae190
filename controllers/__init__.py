from . import portal, redaction, twitter_callback, twitter_link

redaction.install()
