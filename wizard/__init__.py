from . import twitter_link_wizard
