"""What the request log may show: everything but secrets."""

import pytest

from plughub.web import masking

SECRET = 'kX9-vQ2 sL7\\"pW4'


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ('{"password": "a b\\"c", "sku": "A"}', '{"password": "***", "sku": "A"}'),
        ('{"accessToken":"abc","token_type":"bearer"}', '{"accessToken":"***","token_type":"bearer"}'),
        ('{"client-secret": 12345}', '{"client-secret": "***"}'),
        ('{"password": "never closed', '{"password": "***"'),
        ('{"password": "ends in an escape\\', '{"password": "***"'),
        ("{'password': 'single', 'sku': 'A'}", "{'password': \"***\", 'sku': 'A'}"),
        ('{"text": "{\\"password\\":\\"inner\\"}"}', '{"text": "{\\"password\\":"***"}"}'),
        ('{"code": "CAMISA-AZUL", "track_code": "BR123456789BR"}', None),
        ('{"key": "color"}', None),
        ('{"code": "0123456789abcdef0123456789abcdef"}', '{"code": "***"}'),
        ("grant_type=password&password=a%20b&username=u", "grant_type=password&password=***&username=u"),
        ("access%5Ftoken=abc&sku=1", "access%5Ftoken=***&sku=1"),
        ("user[password]=abc&x=1", "user[password]=***&x=1"),
        ("code=short&code=0123456789abcdef0123456789abcdef", "code=short&code=***"),
        ("<login><password>abc</password></login>", "<login><password>***</password></login>"),
        ('{"next": "/products?limit=2&access_token=abc"}', '{"next": "/products?limit=2&access_token=***"}'),
        ('{"note": "Bearer 0123456789abcdef"}', '{"note": "Bearer ***"}'),
        ("a text like any other", None),
    ],
)
def test_secrets_go_and_the_rest_stays(sent: str, kept: str | None):
    assert masking.body(sent.encode()) == (sent if kept is None else kept)


def test_a_secret_that_the_end_cuts_through_is_masked_whole():
    filler = "x" * (masking.KEPT - 30)
    shown = masking.body(f'{{"note": "{filler}", "password": "{"s" * 9000}"}}'.encode())
    assert "sss" not in shown
    assert len(shown) <= masking.KEPT


def test_what_is_no_text_is_not_kept():
    assert masking.body(bytes(range(256)) * 20) == ""
    assert masking.body(b"\x89PNG\r\n\x1a\n\x00\x00") == ""
    # A letter of two bytes that the limit cuts in two makes no binary of a text.
    assert masking.body(b"a" + "é".encode() * 8000).startswith("aé")


def test_what_the_client_proved_itself_with_is_masked_wherever_it_stands():
    assert masking.body(b'{"note": "my tok3n-of-mine!"}', ["tok3n-of-mine!"]) == '{"note": "my ***"}'
