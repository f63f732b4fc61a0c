"""A shop with everything that this wire knows."""

from typing import Any

from tests.clients import Furnished
from tests.dialects.plugboard.conftest import Client


def _vat(taxable: str, tax: str) -> dict[str, Any]:
    return {"taxType": "vat", "percentage": "25", "taxableAmount": _sek(taxable), "tax": _sek(tax)}


def _sek(amount: str) -> dict[str, str]:
    return {"currency": "SEK", "amount": amount}


async def _made(client: Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(path, body)
    assert answer.status == 201, answer.text
    assert "X-Plughub-Ignored" not in answer.headers, (path, answer.headers)
    record: dict[str, Any] = answer.json
    return record


async def furnish(client: Client, mark: str) -> Furnished:
    """Every text has the mark; SKUs and numbers are the same in every shop, remote ids are the mark's."""
    mine, by_remote_id = {"remoteId": f"r-{mark}"}, {"remoteId": f"r-{mark}"}
    custom = {"customData": {"|x-test|note": {"value": mark}}}
    row = {"sku": "SAME", "title": mark, "qty": "2", "pricePerUnitExclVat": _sek("80.00"), "vatRatePercent": "25"}
    bodies: dict[str, dict[str, Any]] = {
        "contentgroup": {"name": mark},
        "product/attribute": {"name": mark},
        "product/category": {"name": mark},
        "product/variantgroup": {"title": mark},
        "product": {
            "sku": "SAME", "title": mark, "brand": mark, "stock": "7", "vatRatePercent": "25",
            "variantGroup": by_remote_id, "categories": [by_remote_id],
            "attributeValues": [{"attribute": by_remote_id, "value": mark}],
        },
        "pricelist": {"name": mark, "currency": "SEK"},
        "order": {
            "currency": "SEK", "remoteOrderNo": "ORDER-1", "comment": mark, "orderRows": [row],
            "billingAddress": {"firstName": mark, "email": "same@example.com"},
        },
        "invoice": {
            "invoiceNo": "F-1", "order": by_remote_id, "currency": "SEK", "customerNo": mark, "invoiceRows": [row],
        },
        "file": {"name": f"{mark}.png", "mimeType": "image/png"},
        "paymentmethod": {"code": "swish", "name": mark},
        "cashregister": {"name": mark, "registerNo": "1"},
        "payment": {
            "order": by_remote_id, "paymentMethod": {"code": "swish"}, "amount": _sek("160.00"), "status": "captured",
        },
        "paymenttransactionevent": {
            "order": by_remote_id, "payment": by_remote_id, "eventType": "capture", "amount": _sek("160.00"),
            "time": "2021-05-04T07:00:00Z", "transactionId": mark,
        },
        "settlement": {
            "settlementNo": "S-9", "currency": "SEK", "payoutAmount": _sek("155.00"),
            "rows": [{"type": "sale", "order": by_remote_id, "amount": _sek("160.00"), "fee": _sek("4.00"),
                      "feeTaxes": [_vat("4.00", "1.00")]}],
        },
        "zreport": {
            "cashRegister": by_remote_id, "reportNo": "17", "currency": "SEK",
            "closedAt": "2021-05-04T20:01:00+02:00", "salesTaxes": [_vat("1000.00", "250.00")],
            "paymentsByMethod": [{"paymentMethod": {"code": "swish"}, "amount": _sek("1250.00")}],
        },
    }  # fmt: skip
    made = {path: await _made(client, f"/{path}", {**body, **mine, **custom}) for path, body in bodies.items()}
    known = {f"/api/{path}/": [str(record["localId"])] for path, record in made.items()}
    product, order = known["/api/product/"][0], known["/api/order/"][0]
    step = {"purchaseQty": "1", "originalPriceExclVat": _sek("9.00")}
    await _made(client, f"/product/{product}/price", {"pricelist": by_remote_id, "qtyPrices": [step]})
    sent = await _made(client, f"/order/{order}/shipment", {"trackingNumber": mark, **mine})
    file = known["/api/file/"]
    assert (await client.call("PUT", f"/file/{file[0]}/data", data=mark.encode())).status == 200
    for shown in ("product", "product/variantgroup"):
        assert (
            await client.post(f"/{shown}/{known[f'/api/{shown}/'][0]}/picture", [{"fileId": file[0]}])
        ).status == 200
        for way in ("{localId}", "by-remote-id"):
            known[f"/api/{shown}/{way}/picture/"] = file
    # Not for everybody to read.
    known["/public/file/"], known["/public/file/{fileId}/"] = file, [f"{mark}.png"]
    known["/api/connection/"] = [client.id]
    known["/api/product/{localId}/price/"] = known["/api/pricelist/"]
    known["/api/order/{localId}/shipment/"] = [str(sent["localId"])]
    return Furnished(known=known, query={"remoteId": f"r-{mark}", "pricelistRemoteId": f"r-{mark}"})
