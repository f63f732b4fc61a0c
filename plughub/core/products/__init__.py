"""Products: what is sold, its variants, categories and kits."""

from plughub.core.products.commands import change, create, delete, delete_variant, hold
from plughub.core.products.kits import tell_kits
from plughub.core.products.model import (
    Attribute,
    Category,
    Component,
    Content,
    Dimensions,
    Identifiers,
    Media,
    Option,
    Part,
    Product,
    Variant,
)
from plughub.core.products.queries import by_id, by_ids, by_sku, by_sku_unless, by_skus, heads, listing
from plughub.core.products.rules import price_in, quantity
from plughub.core.products.sold import Sold, sold, sold_variants

__all__ = [
    "Attribute",
    "Category",
    "Component",
    "Content",
    "Dimensions",
    "Identifiers",
    "Media",
    "Option",
    "Part",
    "Product",
    "Sold",
    "Variant",
    "by_id",
    "by_ids",
    "by_sku",
    "by_sku_unless",
    "by_skus",
    "change",
    "create",
    "delete",
    "delete_variant",
    "heads",
    "hold",
    "listing",
    "price_in",
    "quantity",
    "sold",
    "sold_variants",
    "tell_kits",
]
