"""Products: what is sold, its variants, categories and kits."""

from plughub.core.products.commands import change, create, delete, delete_variant, hold
from plughub.core.products.kits import tell_kits
from plughub.core.products.model import (
    Alternate,
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
    StockPolicy,
    Variant,
)
from plughub.core.products.queries import by_id, by_ids, by_sku, by_sku_unless, by_skus, category_paths, heads, listing
from plughub.core.products.rules import price_in, quantity
from plughub.core.products.single import Single, in_groups, single_source, singles
from plughub.core.products.sold import Sold, sold, sold_variants

__all__ = [
    "Alternate",
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
    "Single",
    "Sold",
    "StockPolicy",
    "Variant",
    "by_id",
    "by_ids",
    "by_sku",
    "by_sku_unless",
    "by_skus",
    "category_paths",
    "change",
    "create",
    "delete",
    "delete_variant",
    "heads",
    "hold",
    "in_groups",
    "listing",
    "price_in",
    "quantity",
    "single_source",
    "singles",
    "sold",
    "sold_variants",
    "tell_kits",
]
