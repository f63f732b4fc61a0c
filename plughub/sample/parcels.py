"""One order on its way: what each step of its life adds to it, as a patch for `orders.change`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from plughub.core.orders import OrderStatus
from plughub.core.patch import Merge, Patch, Replace
from plughub.sample import digits
from plughub.sample.shop import TENANT

_S = OrderStatus

#: What happens to the first parcel only.
PARTLY = {_S.PARTLY_INVOICED: _S.INVOICED, _S.PARTLY_SHIPPED: _S.SHIPPED, _S.PARTLY_DELIVERED: _S.DELIVERED}

#: Carrier, service, and the letters that its parcel numbers begin with (none: the carrier's own digits).
_CARRIERS = (
    ("Correios", "SEDEX", "OS"),
    ("Correios", "PAC", "PB"),
    ("Transportes Litoral", "Rodoviário", None),
    ("Jato Cargas", "Expresso", None),
)
_ISSUES = (
    "Destinatário ausente; nova tentativa no próximo dia útil",
    "Endereço incompleto; aguardando contato do comprador",
    "Embalagem avariada, conteúdo conferido",
    "Objeto retido na unidade de distribuição",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    at: datetime
    changes: Patch
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Journey:
    """Asked for its steps once, in order: what has been told of is remembered."""

    chance: Random
    place: int
    given: Patch
    count: int
    carrier: tuple[str, str, str | None] = ("", "", None)
    #: Codes of the parcels that have been told of.
    known: set[str] = field(default_factory=set)

    def steps(self, path: Iterable[tuple[OrderStatus, datetime]]) -> tuple[Step, ...]:
        self.carrier = self.chance.choice(_CARRIERS)
        return tuple(self._step(status, at) for status, at in path)

    def _step(self, status: OrderStatus, at: datetime) -> Step:
        changes: Patch = {"status": status}
        notes: tuple[str, ...] = ()
        match status:
            case _S.PAID:
                changes |= {"paid": self.given["total"], "sub_status": self.chance.choice((None, "picking"))}
            case _S.PARTLY_PAID:
                changes |= {"paid": (self.given["total"] / 2).quantize(self.given["total"])}
            case _S.ON_HOLD:
                notes = ("Pedido em análise antifraude do canal",)
            case _S.CANCELED:
                notes = (self.chance.choice(("Pagamento não confirmado", "Desistência do comprador")),)
                gone = [{"external": code, "status": "canceled", "canceled_at": at} for code in sorted(self.known)]
                changes |= {"shipments": _merged(gone), "sub_status": None}
            case _S.INVOICE_FAILED:
                changes["shipments"] = self._told(1, {"error_message": "Rejeição 778: NCM inexistente"})
            case _S.DISPATCH_FAILED:
                changes["shipments"] = self._told(1, {"error_message": "O canal recusou o código de rastreio"})
            case _ if status in PARTLY:
                changes["shipments"] = self._told(self.count, {}, first=self._facts(PARTLY[status], at, 1))
            case _S.INVOICED | _S.DISPATCHED | _S.SHIPPED | _S.DELIVERED:
                parcels = range(1, self.count + 1)
                told = [self._parcel(n, self._facts(status, at, n)) for n in parcels]
                changes |= {"shipments": _merged(told), "sub_status": None}
            case _:
                pass
        return Step(at=at, changes=changes, notes=notes)

    def _told(self, count: int, facts: Patch, first: Patch | None = None) -> Merge:
        """The same facts for all parcels, others for the first."""
        return _merged([self._parcel(n, first if n == 1 and first else facts) for n in range(1, count + 1)])

    def _parcel(self, number: int, facts: Patch) -> Patch:
        code = f"V{self.place + 1:05}-{number}"
        if code in self.known:
            return {"external": code, **facts}
        self.known.add(code)
        return {"external": code, "status": "pending", "items": Replace(self._items(number)), **facts}

    def _items(self, number: int) -> list[Patch]:
        lines = self.given["lines"].items
        mine = lines if self.count == 1 else lines[:1] if number == 1 else lines[1:]
        return [
            {"sku": line.get("variant", {}).get("sku") or line["sku"], "quantity": line["quantity"]} for line in mine
        ]

    def _facts(self, status: OrderStatus, at: datetime, number: int) -> Patch:
        match status:
            case _S.INVOICED:
                return {"status": "invoiced", **self._invoiced(at, number)}
            case _S.DISPATCHED:
                return {"status": "shipping_informed", **self._tracking(at, number)}
            case _S.SHIPPED:
                return {"status": "shipped", "shipped_at": at, **self._trouble(at)}
            case _:
                return {"status": "delivered", "delivered_at": at}

    def _invoiced(self, at: datetime, parcel: int) -> Patch:
        number = 48000 + self.place * 2 + parcel
        seller = "".join(c for c in TENANT["profile"]["document"] if c.isdigit())
        key = digits.invoice_key(f"35{at:%y%m}{seller}55001{number:09}1{self.chance.randrange(10**8):08}")
        state = self.given["payer"]["address"]["state"]
        invoice = {
            "key": key,
            "number": str(number),
            "series": "1",
            "date": at,
            "cfops": "5102" if state == "SP" else "6108",
            "link": f"https://nfe.aurora.example/{key}.xml",
        }
        if self.chance.random() > 0.4:
            return {"invoice": invoice}
        return {"invoice": invoice, "documents": _documents(f"notas/{number}.pdf", "invoice")}

    def _tracking(self, at: datetime, parcel: int) -> Patch:
        carrier, service, letters = self.carrier
        eight = f"{self.chance.randrange(10**8):08}"
        code = digits.postal_track(letters, eight) if letters else f"{eight}{self.place:04}{parcel}"
        return {
            "carrier": carrier,
            "method": service,
            "track_code": code,
            "track_url": f"https://rastreio.example/{code}",
            "estimated_delivery": at + timedelta(days=self.chance.randint(3, 8)),
            "documents": _documents(f"etiquetas/{self.place + 1:05}-{parcel}.pdf", "label"),
        }

    def _trouble(self, at: datetime) -> Patch:
        if self.chance.random() > 0.06:
            return {}
        issue = {"description": self.chance.choice(_ISSUES), "date": at}
        return {"status": "issue", "issues": Merge([issue], keys=("description",))}


def _merged(parcels: Sequence[Patch]) -> Merge:
    return Merge(parcels, keys=("external",))


def _documents(path: str, kind: str) -> Merge:
    return Merge([{"url": f"https://docs.aurora.example/{path}", "kind": kind}], keys=("url",))
