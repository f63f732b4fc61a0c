"""Who buys: made-up people and companies with tax numbers whose check digits are right."""

import unicodedata
from random import Random

from plughub.core.patch import Patch
from plughub.sample import digits

#: City | state | area code | first digits of the postal code | districts.
_CITIES = """
São Paulo | SP | 11 | 01 | Bela Vista, Consolação, Vila Mariana, Pinheiros
Campinas | SP | 19 | 130 | Cambuí, Centro, Taquaral
Santos | SP | 13 | 110 | Gonzaga, Boqueirão
Ribeirão Preto | SP | 16 | 140 | Centro, Jardim Sumaré
São José dos Campos | SP | 12 | 122 | Jardim Aquarius, Centro
Rio de Janeiro | RJ | 21 | 22 | Copacabana, Botafogo, Leblon
Niterói | RJ | 21 | 240 | Icaraí, Centro
Belo Horizonte | MG | 31 | 301 | Savassi, Funcionários, Lourdes
Uberlândia | MG | 34 | 384 | Centro, Santa Mônica
Vitória | ES | 27 | 290 | Praia do Canto, Centro
Curitiba | PR | 41 | 800 | Batel, Centro Cívico, Água Verde
Londrina | PR | 43 | 860 | Centro, Gleba Palhano
Florianópolis | SC | 48 | 880 | Centro, Trindade
Joinville | SC | 47 | 892 | América, Centro
Porto Alegre | RS | 51 | 900 | Moinhos de Vento, Cidade Baixa
Caxias do Sul | RS | 54 | 950 | Centro, Exposição
Brasília | DF | 61 | 700 | Asa Sul, Asa Norte
Goiânia | GO | 62 | 740 | Setor Bueno, Setor Oeste
Cuiabá | MT | 65 | 780 | Centro Norte, Bosque
Campo Grande | MS | 67 | 790 | Centro, Jardim dos Estados
Salvador | BA | 71 | 401 | Barra, Pituba
Recife | PE | 81 | 500 | Boa Viagem, Graças
Fortaleza | CE | 85 | 600 | Aldeota, Meireles
Natal | RN | 84 | 590 | Ponta Negra, Tirol
Belém | PA | 91 | 660 | Nazaré, Umarizal
Manaus | AM | 92 | 690 | Adrianópolis, Centro
"""
_STREETS = (
    "Rua das Acácias", "Rua dos Ipês", "Avenida Brasil", "Rua Sete de Setembro", "Rua das Laranjeiras",
    "Avenida da Saudade", "Rua XV de Novembro", "Travessa do Sol", "Alameda dos Jacarandás", "Rua da Praia",
    "Rua das Palmeiras", "Avenida Beira-Mar", "Rua do Comércio", "Rua Primeiro de Maio",
)  # fmt: skip
_WOMEN = (
    "Ana", "Beatriz", "Camila", "Débora", "Elisa", "Fernanda", "Gabriela", "Helena", "Isadora", "Júlia", "Larissa",
    "Marina", "Natália", "Olívia", "Patrícia", "Renata", "Sofia", "Tatiana", "Vitória", "Yasmin",
)  # fmt: skip
_MEN = (
    "André", "Bruno", "Caio", "Diego", "Eduardo", "Felipe", "Gustavo", "Henrique", "Igor", "João", "Leonardo",
    "Marcelo", "Nelson", "Otávio", "Paulo", "Rafael", "Sérgio", "Thiago", "Vinícius", "Wagner",
)  # fmt: skip
_FAMILIES = (
    "Almeida", "Barros", "Cardoso", "Dias", "Esteves", "Figueiredo", "Gonçalves", "Holanda", "Junqueira", "Lacerda",
    "Macedo", "Nogueira", "Queiroz", "Ramalho", "Sampaio", "Teles", "Uchoa", "Vasconcelos", "Ximenes", "Zanetti",
)  # fmt: skip
_TRADES = ("Papelaria", "Academia", "Pousada", "Café", "Escritório", "Studio", "Empório", "Clínica", "Escola", "Ateliê")
_TRADE_NAMES = ("Sabiá", "Três Marias", "Alecrim", "Maré Alta", "Pedra Branca", "Girassol", "Vento Sul", "Lua Nova")

PEOPLE, COMPANIES = 122, 28


def buyers(chance: Random) -> list[Patch]:
    """Payers as orders name them; each tax number and each e-mail address once."""
    people = [_person(chance, number) for number in range(PEOPLE)]
    companies = [_company(chance, number) for number in range(COMPANIES)]
    return [*people, *companies]


def _person(chance: Random, number: int) -> Patch:
    is_woman = chance.random() < 0.5
    first = chance.choice(_WOMEN if is_woman else _MEN)
    last = " ".join(chance.sample(_FAMILIES, 2 if chance.random() < 0.4 else 1))
    cpf = digits.cpf(f"{chance.randrange(10**6):06}{number:03}")
    return {
        **_contact(chance, first, last, f"{_plain(first)}.{_plain(last)}{number}@correio.example"),
        "gender": "female" if is_woman else "male",
        "person_tax_id": cpf,
        "person_tax_id2": cpf,
    }


def _company(chance: Random, number: int) -> Patch:
    first, last = chance.choice(_WOMEN + _MEN), chance.choice(_FAMILIES)
    trade = f"{chance.choice(_TRADES)} {chance.choice(_TRADE_NAMES)}"
    # Numbers that begin so high have not been given out.
    cnpj = digits.cnpj(f"{90 + number % 9}{chance.randrange(10**3):03}{number:03}0001")
    return {
        **_contact(chance, first, last, f"compras{number}@{_plain(trade)}.example"),
        "company_name": f"{trade} Ltda",
        "trade_name": trade,
        "company_tax_id": cnpj,
        "company_tax_id2": cnpj,
        "state_registration": "ISENTO" if chance.random() < 0.5 else f"{chance.randrange(10**9, 10**10)}",
    }


def _contact(chance: Random, first: str, last: str, email: str) -> Patch:
    city, state, area, postal, districts = chance.choice(_TOWNS)
    complement = f"Apto {chance.randint(1, 22)}{chance.randint(1, 4)}" if chance.random() < 0.45 else None
    return {
        "first_name": first,
        "last_name": last,
        "full_name": f"{first} {last}",
        "email": email,
        "phone_area": area,
        # Mobile numbers never go on with a zero: nobody has this one.
        "phone": f"90{chance.randrange(10**7):07}",
        "address": {
            "street": chance.choice(_STREETS),
            "number": str(chance.randint(10, 2400)),
            "complement": complement,
            "district": chance.choice(districts),
            "city": city,
            "state": state,
            "country": "BR",
            "postal_code": f"{postal}{chance.randrange(10**5):05}"[:5] + f"{chance.randrange(10**3):03}",
        },
    }


def _towns() -> list[tuple[str, str, str, str, list[str]]]:
    rows = [[part.strip() for part in line.split("|")] for line in _CITIES.strip().splitlines()]
    return [(city, state, area, postal, places.split(", ")) for city, state, area, postal, places in rows]


_TOWNS = _towns()


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.lower())
    return "".join(letter for letter in letters if letter.isascii() and letter.isalnum())
