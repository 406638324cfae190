"""Where X lives."""

import pytest

from security_trace import covers
from twitter_api import Endpoints
from twitter_api.endpoints import is_loopback

NAMES = (
    "TWITTER_IDENTITY_AUTHORIZE_BASE",
    "TWITTER_IDENTITY_API_BASE",
    "TWITTER_IDENTITY_MEDIA_BASE",
)


@covers("R18")
def test_without_variables_it_is_x_itself():
    assert Endpoints.from_environ({}) == Endpoints(
        "https://x.com", "https://api.x.com", "https://pbs.twimg.com"
    )


def test_an_empty_variable_means_x_itself():
    assert Endpoints.from_environ(dict.fromkeys(NAMES, " ")) == Endpoints()


def test_each_variable_moves_its_own_address():
    environ = {name: f"https://{place}.example" for place, name in enumerate(NAMES)}
    assert Endpoints.from_environ(environ) == Endpoints(
        "https://0.example", "https://1.example", "https://2.example"
    )


def test_a_final_slash_is_dropped():
    environ = {NAMES[1]: "https://api.example/"}
    assert Endpoints.from_environ(environ).api_base == "https://api.example"


def test_a_folder_is_kept():
    environ = {NAMES[2]: "https://media.example/x/pictures/"}
    assert Endpoints.from_environ(environ).media_base.endswith("/x/pictures")


@pytest.mark.parametrize(
    "base",
    [
        "https://API.X.com",
        "https://a-1.example:65535",
        "https://api.example:1",
        "https://x.example/Some_Path/X",
    ],
)
def test_any_https_address_is_taken_as_it_is(base):
    assert Endpoints.from_environ({NAMES[1]: base}).api_base == base


@pytest.mark.parametrize(
    "base",
    [
        "http://127.0.0.1:8070",
        "http://127.8.9.10",
        "http://[::1]:8070",
        "http://localhost:8070",
    ],
)
def test_plain_http_is_taken_on_a_loopback_address(base):
    assert Endpoints.from_environ({NAMES[0]: base}).authorize_base == base


@pytest.mark.parametrize(
    ("base", "reason"),
    [
        ("http://api.x.com", "plain http only on a loopback"),
        ("http://10.0.0.1", "plain http only on a loopback"),
        ("http://127.0.0.1.evil.example", "plain http only on a loopback"),
        ("http://localhost.evil.example", "plain http only on a loopback"),
        ("http://127.0.0.1@evil.example", "user or a password"),
        ("https://me:secret@api.x.com", "user or a password"),
        ("https://api.x.com?a=1", "query or a fragment"),
        ("https://api.x.com?", "query or a fragment"),
        ("https://api.x.com#a", "query or a fragment"),
        ("https://api.x.com#", "query or a fragment"),
        ("api.x.com", "must be like"),
        ("ftp://api.x.com", "must be like"),
        ("https://", "must be like"),
        ("https://api.x.com:0", "must be like"),
        ("https://api.x.com:65536", "must be like"),
        ("https://api.x.com:http", "must be like"),
        ("https://api .x.com", "must be like"),
        ("https://api.x.com\n.evil.example", "must be like"),
        ("https://api.x.com\\.evil.example", "must be like"),
        ("https://-x.com", "must be like"),
        ("https://x..com", "must be like"),
        ("https://.x.com", "must be like"),
        ("https://[::g]", "must be like"),
        ("https://x.com/a b", "must be like"),
        ("https://x.com//a", "must be like"),
        ("https://\uff58.com", "must be like"),
    ],
)
@covers("R18", "R52")
def test_any_other_address_is_refused_with_a_reason(base, reason):
    with pytest.raises(ValueError, match=reason):
        Endpoints.from_environ({NAMES[1]: base})


def test_the_reason_names_the_variable():
    with pytest.raises(ValueError, match="TWITTER_IDENTITY_MEDIA_BASE"):
        Endpoints.from_environ({NAMES[2]: "http://pbs.twimg.com"})


def test_the_reason_does_not_repeat_a_password():
    with pytest.raises(ValueError) as caught:
        Endpoints.from_environ({NAMES[1]: "https://me:s3cr3t@api.x.com"})
    assert "s3cr3t" not in str(caught.value)


@covers("R18")
def test_the_check_can_not_be_passed_by():
    with pytest.raises(ValueError, match="plain http"):
        Endpoints(api_base="http://api.x.com")


def test_x_is_not_on_this_machine():
    assert not is_loopback("https://api.x.com")
