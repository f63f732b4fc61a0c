"""Numbers with check digits, so that a client that checks them is content."""


def gtin13(twelve: str) -> str:
    total = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(twelve))
    return f"{twelve}{-total % 10}"


def cpf(nine: str) -> str:
    """A person's tax number as people write it: 123.456.789-09."""
    digits = _with(_with(nine, range(10, 1, -1)), range(11, 1, -1))
    return f"{digits[:3]}.{digits[3:6]}.{digits[6:9]}-{digits[9:]}"


def cnpj(twelve: str) -> str:
    """A company's tax number as people write it: 12.345.678/0001-95."""
    digits = _with(_with(twelve, (5, 4, 3, 2, *range(9, 1, -1))), (6, 5, 4, 3, 2, *range(9, 1, -1)))
    return f"{digits[:2]}.{digits[2:5]}.{digits[5:8]}/{digits[8:12]}-{digits[12:]}"


def invoice_key(forty_three: str) -> str:
    """The access key of an NF-e: 44 digits."""
    return _with(forty_three, (4, 3, 2, *(9, 8, 7, 6, 5, 4, 3, 2) * 5))


def postal_track(prefix: str, eight: str) -> str:
    """A parcel number of the international postal standard (S10): AA473124829BR."""
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(eight, (8, 6, 4, 2, 3, 5, 9, 7), strict=True)) % 11
    return f"{prefix}{eight}{ {10: 0, 11: 5}.get(rest, rest) }BR"


def _with(digits: str, weights: "tuple[int, ...] | range") -> str:
    """The digits and their check digit modulo 11, as Brazil's offices count it."""
    rest = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11
    return f"{digits}{0 if rest < 2 else 11 - rest}"
