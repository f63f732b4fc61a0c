"""A shop with everything that this wire knows."""

from tests.clients import Furnished
from tests.dialects.pluggto.conftest import Client


async def furnish(client: Client, mark: str) -> Furnished:
    """Every text has the mark; SKUs and numbers are the same in every shop."""
    product = {
        "sku": "SAME", "name": f"Camisa {mark}", "price": 10, "quantity": 5, "brand": mark, "external": mark,
        "description": mark, "categories": [{"name": f"Moda > {mark}"}], "photos": [{"url": f"http://x/{mark}.png"}],
        "attributes": [{"code": "c", "label": mark, "value": {"code": mark, "label": mark}}], "unknown": mark,
        "stock_table": [{"code": mark, "quantity": 3}], "price_table": [{"code": mark, "price": 9}],
        "variations": [{"sku": "SAME-V", "name": mark, "quantity": 2, "external": mark}],
    }  # fmt: skip
    order = {
        "channel": "loja", "original_id": "ORDER-1", "external": mark, "receiver_name": mark,
        "receiver_email": "same@example.com", "payer_email": "same@example.com", "payer_name": mark,
        "items": [{"sku": "SAME-V", "quantity": 1, "price": 10, "name": mark}], "unknown": mark,
        "shipments": [{"shipping_company": mark, "track_code": mark, "nfe_number": mark}],
        "payments": [{"payment_type": "credit", "payment_method": mark}],
    }  # fmt: skip
    message = {
        "channel": "loja", "original_id": "MESSAGE-1", "subject": mark, "customer_name": mark,
        "item_related": "SAME-V", "tags": mark, "unknown": mark,
        "interections": [{"comment": mark, "unknown": mark, "attachments": [{"url": f"http://x/{mark}"}]}],
    }  # fmt: skip
    made = (await client.put("/skus/SAME", product)).json["Product"]
    await client.put("/skus/SINGLE", {"name": mark, "quantity": 1})
    await client.put("/skus/KIT", {"name": mark, "package_skus": [{"sku": "SINGLE", "quantity": 1}]})
    placed = (await client.post("/orders", order)).json["Order"]
    written = (await client.post("/messages", message)).json["Message"]
    variation = made["variations"][0]["id"]
    return Furnished(
        known={
            "/products/": [made["id"], variation],
            "/products/{id}/variation/": [variation],
            "/skus/": ["SAME", "SAME-V", "KIT"],
            "/orders/": [placed["id"]],
            "/messages/": [written["id"]],
            # This wire makes no files of its own: nobody's.
            "/public/file/": ["0" * 32],
            "/public/file/{fileId}/": ["nothing.png"],
        },
        query={"postalcode": "01310100", "skus": "SAME-V:1"},
    )
