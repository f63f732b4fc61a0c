"""Products: what is sold, its variants, categories and kits."""

from plughub.core.products.commands import change, create, delete, delete_variant
from plughub.core.products.model import (
    Attribute,
    Category,
    Component,
    Content,
    Dimensions,
    Identifiers,
    Media,
    Part,
    Product,
    Variant,
)
from plughub.core.products.queries import by_id, by_ids, by_sku, by_skus, by_variants, listing
from plughub.core.products.rules import quantity

__all__ = [
    "Attribute",
    "Category",
    "Component",
    "Content",
    "Dimensions",
    "Identifiers",
    "Media",
    "Part",
    "Product",
    "Variant",
    "by_id",
    "by_ids",
    "by_sku",
    "by_skus",
    "by_variants",
    "change",
    "create",
    "delete",
    "delete_variant",
    "listing",
    "quantity",
]
