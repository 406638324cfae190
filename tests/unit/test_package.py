"""What the protocol offers to the rest of the addon."""

from types import ModuleType

import twitter_api


def test_every_name_on_offer_is_there_and_is_no_module():
    offered = [getattr(twitter_api, name) for name in twitter_api.__all__]
    assert not any(isinstance(thing, ModuleType) for thing in offered)
