"""Products: what is sold, its variants, categories and kits."""

from plughub.core.products.categories import (
    CategoryNode,
    category_nodes,
    category_source,
    change_category,
    create_category,
    delete_category,
    hold_category,
)
from plughub.core.products.commands import change, create, delete, delete_variant, hold, touch
from plughub.core.products.families import families, family_table
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
from plughub.core.products.restore import restore, why_not
from plughub.core.products.rules import free, price_in, quantity
from plughub.core.products.single import Single, in_groups, single_source, singles
from plughub.core.products.sold import Sold, sold, sold_variants

__all__ = [
    "Alternate",
    "Attribute",
    "Category",
    "CategoryNode",
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
    "category_nodes",
    "category_paths",
    "category_source",
    "change",
    "change_category",
    "create",
    "create_category",
    "delete",
    "delete_category",
    "delete_variant",
    "families",
    "family_table",
    "free",
    "heads",
    "hold",
    "hold_category",
    "in_groups",
    "listing",
    "price_in",
    "quantity",
    "restore",
    "single_source",
    "singles",
    "sold",
    "sold_variants",
    "tell_kits",
    "touch",
    "why_not",
]
