"""X may say the same in other words' clothes: the code stays."""

import json
from pathlib import Path

import pytest
from requests.structures import CaseInsensitiveDict

from twitter_api.answers import Answer, diagnose

CASES = json.loads((Path(__file__).parent / "fixtures" / "answers.json").read_text())
JSON_CASES = [case for case in CASES if isinstance(case["body"], dict)]
TEXT_CASES = [
    case
    for case in CASES
    if isinstance(case["body"], str) and case["body"] and "<" not in case["body"]
]
HOSTS = ("https://api.x.com", "https://api.twitter.com", "http://problems.example")


def texts(value, change):
    """Change every text in a document, whatever it is in."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [texts(item, change) for item in value]
    if isinstance(value, dict):
        return {name: texts(item, change) for name, item in value.items()}
    return value


def turned(value):
    """The same document, with the fields of each object in the other order."""
    if isinstance(value, list):
        return [turned(item) for item in value]
    if isinstance(value, dict):
        return {name: turned(item) for name, item in reversed(value.items())}
    return value


def dotted(text):
    """With a final dot where there is none, and without where there is one."""
    return text.removesuffix(".") if text.endswith(".") else f"{text}."


def at_host(host):
    """With the types of problems at another host."""

    def change(text):
        for known in HOSTS:
            text = text.replace(f"{known}/2/problems/", f"{host}/2/problems/")
        return text

    return change


VARIATIONS = {
    "upper case": lambda body: texts(body, str.upper),
    "lower case": lambda body: texts(body, str.lower),
    "blanks around": lambda body: texts(body, lambda text: f" {text} "),
    "another field beside": lambda body: {"trace_id": "4bf92f", **body, "meta": {}},
    "fields in the other order": turned,
    **{
        f"types at {host}": lambda body, host=host: texts(body, at_host(host))
        for host in HOSTS
    },
}


def code_of(case, body, content_type="application/json"):
    headers = CaseInsensitiveDict({"Content-Type": content_type})
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return diagnose(Answer(case["status"], headers, body), case["stage"]).code


@pytest.mark.parametrize("name", VARIATIONS)
@pytest.mark.parametrize("case", JSON_CASES, ids=lambda case: case["name"])
def test_other_clothes_give_the_same_code(case, name):
    assert code_of(case, VARIATIONS[name](case["body"])) == case["code"]


SENTENCES = ("detail", "message", "error_description", "title")


@pytest.mark.parametrize("case", JSON_CASES, ids=lambda case: case["name"])
def test_a_final_dot_more_or_less_gives_the_same_code(case):
    def change(value):
        if isinstance(value, list):
            return [change(item) for item in value]
        if not isinstance(value, dict):
            return value
        return {
            name: dotted(item)
            if name in SENTENCES and isinstance(item, str)
            else change(item)
            for name, item in value.items()
        }

    assert code_of(case, change(case["body"])) == case["code"]


@pytest.mark.parametrize("case", JSON_CASES, ids=lambda case: case["name"])
@pytest.mark.parametrize(
    "kind", ["application/problem+json", "text/plain", "application/json; charset=utf8"]
)
def test_the_kind_that_a_header_claims_gives_the_same_code(case, kind):
    assert code_of(case, case["body"], kind) == case["code"]


@pytest.mark.parametrize("case", TEXT_CASES, ids=lambda case: case["name"])
@pytest.mark.parametrize("change", [str.upper, str.lower, dotted, "\r\n{}\r\n".format])
def test_a_plain_text_in_other_clothes_gives_the_same_code(case, change):
    body = change(case["body"]).encode()
    assert code_of(case, body, "text/plain") == case["code"]


@pytest.mark.parametrize("case", JSON_CASES, ids=lambda case: case["name"])
def test_json_that_is_laid_out_for_people_gives_the_same_code(case):
    body = b"\xef\xbb\xbf" + json.dumps(case["body"], indent=4).encode()
    assert code_of(case, body) == case["code"]
