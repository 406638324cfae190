"""The profile in X's answer, and what is made of it."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire import user

from security_trace import covers
from twitter_api import Account, TwitterError, UnexpectedAnswer
from twitter_api.answers import Answer
from twitter_api.profile import FIELDS, clean_name, read_profile

MEDIA = "https://pbs.twimg.com"
PLACE = MEDIA + "/profile_images/1/face_normal.png"


def read(document):
    return read_profile(Answer(200, {}, json.dumps(document).encode()), MEDIA)


def account(**changes):
    return read(user(MEDIA, **changes))


def test_the_account_is_read():
    assert account(confirmed_email="ana@example.com") == Account(
        twitter_id="1745020318867001345",
        username="ana",
        name="Ana Souza",
        verified_type="blue",
        email="ana@example.com",
        avatar=b"",
        protected=False,
        picture=PLACE,
    )


@pytest.mark.parametrize("place", [PLACE, MEDIA + "/" + "a" * (499 - len(MEDIA))])
def test_the_place_of_the_picture_is_handed_on_as_it_came(place):
    assert account(profile_image_url=place).picture == place


@pytest.mark.parametrize(
    "place",
    [
        None,
        1,
        ["https://pbs.twimg.com/a"],
        {},
        "",
        "https://abs.twimg.com/sticky/default_profile_normal.png",
        "http://pbs.twimg.com/a.png",
        MEDIA + "/" + "a" * (500 - len(MEDIA)),
    ],
)
def test_a_picture_of_another_form_or_place_is_none(place):
    assert account(profile_image_url=place).picture == ""


def test_an_account_that_shows_its_posts_to_few_is_protected():
    assert account(protected=True).protected is True


@pytest.mark.parametrize("value", [None, False, 0, 1, "true", "false", [True], {}])
def test_any_other_account_is_not_protected(value):
    assert account(protected=value).protected is False


def test_unknown_members_are_ignored():
    document = user("", location="Recife", public_metrics={"followers_count": 1})
    document["includes"] = {}
    assert read(document).username == "ana"


def test_errors_beside_the_data_do_not_count():
    document = user("")
    document["errors"] = [{"title": "Field Authorization Error", "detail": "Forbidden"}]
    assert read(document).username == "ana"


@pytest.mark.parametrize("twitter_id", ["1", "0", "9" * 19, "1745020318867001347"])
def test_an_id_is_a_text_of_digits(twitter_id):
    assert account(id=twitter_id).twitter_id == twitter_id


@pytest.mark.parametrize(
    "twitter_id",
    [
        None,
        1745020318867001345,
        1.5,
        True,
        ["1"],
        {"id": "1"},
        "",
        "1e5",
        "-1",
        "+1",
        " 1",
        "1\n",
        "0x1",
        "1" * 20,
        "\u0661",
        "\u00b2",
        "ana",
    ],
)
@covers("R104")
def test_any_other_id_is_unexpected(twitter_id):
    document = user("")
    document["data"]["id"] = twitter_id
    with pytest.raises(UnexpectedAnswer):
        read(document)


@pytest.mark.parametrize("username", ["a", "Ana_1", "a" * 20])
def test_a_handle_of_today_or_of_old_is_taken(username):
    assert account(username=username).username == username


@pytest.mark.parametrize(
    "username",
    [None, 1, ["ana"], "", "@ana", "an a", "ana\n", "a" * 21, "\u00e1na", "<b>", "a-b"],
)
@covers("R104", "T25")
def test_any_other_handle_is_unexpected(username):
    document = user("")
    document["data"]["username"] = username
    with pytest.raises(UnexpectedAnswer):
        read(document)


@pytest.mark.parametrize("data", [1, {}, {"id": "1"}, {"id": 1, "username": "ana"}])
def test_a_problem_with_an_answer_tells_its_status(data):
    with pytest.raises(UnexpectedAnswer) as caught:
        read({"data": data})
    assert caught.value.status == 200


@covers("X14")
@pytest.mark.parametrize("badge", ["blue", "business", "government"])
def test_the_badge_is_the_one_that_x_reports(badge):
    assert account(verified_type=badge).verified_type == badge


@pytest.mark.parametrize(
    "badge", [None, "none", "", "gold", "BLUE", 1, True, ["blue"], {}]
)
def test_any_other_badge_is_none(badge):
    assert account(verified_type=badge).verified_type == ""


@pytest.mark.parametrize(
    "email",
    [
        "ana@example.com",
        "a.b+c@mail.example.co",
        "_a@x--y.xn--p1ai",
        "ANA.Souza@Example.COM",
        "a@" + 62 * "a.b." + "comm",
    ],
)
def test_an_address_is_taken(email):
    assert account(confirmed_email=email).email == email


@pytest.mark.parametrize(
    "email",
    [
        None,
        1,
        ["ana@example.com"],
        "",
        "ana",
        "@example.com",
        "ana@example",
        "ana@-example.com",
        "ana@example..com",
        "ana@example.c",
        "ana@@example.com",
        "ana@example.com, bia@example.com",
        "Ana <ana@example.com>",
        "ana@example.com\nBcc: bia@example.com",
        "an a@example.com",
        "=cmd@example.com",
        "+a@example.com",
        "an\u00e1@example.com",
        "a" * 65 + "@example.com",
        "a@" + "a." * 130 + "com",
        "a@" + 62 * "a.b." + "commu",
    ],
)
@covers("R87")
def test_what_is_no_address_is_left_out_and_no_error(email):
    assert account(confirmed_email=email).email == ""


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("Ana Souza", "Ana Souza"),
        ("  Ana   Souza ", "Ana Souza"),
        ("Ana\r\nBcc: b@example.com", "Ana Bcc: b@example.com"),
        ("Ana\u2028Souza\u2029x\x85y\vz", "Ana Souza x y z"),
        ("A\x00n\x1ba\x7f", "Ana"),
        ("Ana\u202egnp.azuoS\u202c\u2066", "Anagnp.azuoS"),
        ("A\u200bn\ufeffa\u00ad", "Ana"),
        ("\ud800Ana\udfff", "Ana"),
        ("\U0001f469\u200d\U0001f680 Ana", "\U0001f469\u200d\U0001f680 Ana"),
        ("\u0645\u06cc\u200c\u0631", "\u0645\u06cc\u200c\u0631"),
        ("Jos\u00e9 \u5f20\u4e09", "Jos\u00e9 \u5f20\u4e09"),
        ('=HYPERLINK("http://evil.example")', 'HYPERLINK("http://evil.example")'),
        ("@SUM(1+1)", "SUM(1+1)"),
        ("+-=@Ana", "Ana"),
        ("Xavier", "Xavier"),
        ("\t=1+1", "1+1"),
        ("- = Ana", "Ana"),
        ("\u200b=1", "1"),
        ("\u200d=1", "1"),
        ("\uff1d1+1", "1+1"),
        ("\uff0b\uff0d\uff20a", "a"),
        ("Ana = Bia", "Ana = Bia"),
        ("<b>&amp;</b>", "<b>&amp;</b>"),
        ("{{7*7}} %(a)s {0.__class__}", "{{7*7}} %(a)s {0.__class__}"),
        ("a" * 300, "a" * 100),
        ("=" * 300 + "a", ""),
        ("a" * 99 + " b", "a" * 99),
        ("", ""),
        (None, ""),
        (1, ""),
        (["Ana"], ""),
    ],
)
@covers("R86", "R87", "T26")
def test_a_name_becomes_one_safe_line(name, cleaned):
    assert clean_name(name) == cleaned


@pytest.mark.parametrize("name", [None, "", "===", "\u200b", 7])
def test_without_a_name_the_handle_stands_for_it(name):
    document = user("")
    document["data"]["name"] = name
    assert read(document).name == "ana"


@given(st.text())
@covers("R84", "R106", "T26")
def test_any_name_becomes_one_safe_line(name):
    cleaned = clean_name(name)
    assert cleaned == clean_name(cleaned) == cleaned.strip()
    assert len(cleaned) <= 100 and cleaned[:1] not in tuple("=+-@\t\r")
    assert "  " not in cleaned
    assert {unicodedata.category(sign) for sign in cleaned} <= {
        *("Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No"),
        *("Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Zs"),
        *({"Cf"} if "\u200c" in cleaned or "\u200d" in cleaned else ()),
    }


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "name", "username", "x"]), inner)
    ),
    max_leaves=10,
)
members = st.dictionaries(
    st.sampled_from([*user(""), *user("")["data"], "confirmed_email"]),
    values | st.from_regex(r"[0-9]{1,19}", fullmatch=True) | st.just("ana"),
)


@given(st.fixed_dictionaries({}, optional={"data": members | values, "errors": values}))
def test_any_document_gives_a_clean_account_or_an_error(document):
    try:
        found = read(document)
    except TwitterError:
        return
    assert found.twitter_id.isdecimal() and found.username and found.name


@covers("X18")
def test_x_is_asked_for_no_location_and_for_no_more_than_is_used():
    assert "location" not in FIELDS
    assert set(FIELDS) == {
        "id",
        "name",
        "username",
        "profile_image_url",
        "verified_type",
        "protected",
    }
