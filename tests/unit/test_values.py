"""The values of the protocol can't change, and show no secret."""

import dataclasses
import importlib
import pkgutil

import pytest

import twitter_api
from twitter_api.answers import Answer
from twitter_api.callback import Callback
from twitter_api.tokens import Grant

MODULES = [
    importlib.import_module(f"twitter_api.{module.name}")
    for module in pkgutil.iter_modules(twitter_api.__path__)
]
VALUES = {
    thing
    for module in MODULES
    for thing in vars(module).values()
    if isinstance(thing, type) and dataclasses.is_dataclass(thing)
}
SECRET = "not-for-the-log"


@pytest.mark.parametrize(
    "kind", sorted(VALUES, key=lambda kind: kind.__name__), ids=lambda k: k.__name__
)
def test_a_value_never_changes(kind):
    value = object.__new__(kind)
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, dataclasses.fields(kind)[0].name, None)


@pytest.mark.parametrize(
    "value",
    [
        Answer(200, {"Authorization": SECRET}, b""),
        Answer(200, {}, SECRET.encode()),
        Callback(state=SECRET, code="", error=""),
        Callback(state="", code=SECRET, error=""),
        Grant(SECRET, frozenset()),
        twitter_api.App("id", SECRET, "https://shop.example"),
        twitter_api.Authorization(SECRET, "", ""),
        twitter_api.Authorization("", SECRET, ""),
        twitter_api.Authorization("", "", SECRET),
        twitter_api.Account("1", "ana", "Ana", email=SECRET),
        twitter_api.Account("1", "ana", "Ana", avatar=SECRET.encode()),
        twitter_api.Account("1", "ana", "Ana", picture=SECRET),
    ],
)
def test_a_value_shows_no_secret(value):
    assert SECRET not in repr(value)


def test_what_x_did_not_give_is_empty():
    account = twitter_api.Account("1", "ana", "Ana")
    assert (account.verified_type, account.email, account.avatar) == ("", "", b"")
    assert (account.protected, account.picture) == (False, "")


def test_of_whom_x_told_nothing_nothing_stands_in_a_lookup():
    found = twitter_api.Lookup()
    assert (found.accounts, found.unavailable, found.retry_at) == ({}, {}, None)
