"""Codes of languages (ISO 639), countries (ISO 3166-1) and currencies (ISO 4217).

`codes.json` holds the standards' own lists: terminology code -> [two letters, bibliographic code], country -> its
three letters, currency -> [number, minor digits]. The core names a language by its two letters where it has them,
else by three.
"""

from importlib import resources
from typing import Any

import msgspec

_lists: dict[str, Any] = msgspec.json.decode((resources.files(__package__) / "codes.json").read_bytes())

_TO_CORE: dict[str, str] = {}
_TO_THREE: dict[str, str] = {}
for _three, (_two, _bibliographic) in _lists["languages"].items():
    for _code in (_three, _two, _bibliographic):
        if _code:
            _TO_CORE[_code] = _two or _three
    _TO_THREE[_two or _three] = _three

_COUNTRIES: dict[str, str] = _lists["countries"]
_ALPHA2 = {three: two for two, three in _COUNTRIES.items()}
_CURRENCIES: dict[str, tuple[str, int]] = {code: tuple(facts) for code, facts in _lists["currencies"].items()}
# A number goes on with the currency that follows another at par: the later code is the one in use.
_BY_NUMBER = {number: code for code, (number, _) in _CURRENCIES.items()}


def language(text: str) -> str | None:
    """The core's code for a language of two or three letters in any case: SWE, swe, sv -> sv."""
    return _TO_CORE.get(text.lower())


def language3(code: str) -> str:
    """ISO 639-2, terminology form: de -> deu. What the standard does not know stays as it is."""
    return _TO_THREE.get(code, code)


def country(text: str) -> str | None:
    """se -> SE; None for what is no alpha-2 code."""
    code = text.upper()
    return code if text.isascii() and code in _COUNTRIES else None


def alpha2(text: str) -> str | None:
    """The code of two letters, from that of two or three in any case; None where there is no such country."""
    code = text.strip()
    return country(code) or _ALPHA2.get(code.upper())


def currency(text: str) -> str | None:
    """sek, 752, 36 -> the alphabetic code; None where there is none."""
    if text.isascii() and text.isdigit() and len(text) <= 3:
        return _BY_NUMBER.get(text.zfill(3))
    code = text.upper()
    return code if text.isascii() and code in _CURRENCIES else None


def minor_digits(code: str) -> int:
    """How many decimals amounts of a currency usually have."""
    return _CURRENCIES.get(code, ("", 2))[1]
