"""The nouns of the catalogue. A product is one aggregate: it is loaded, changed and saved as a whole.

They are msgspec structs rather than dataclasses because they are read from and written to JSON documents on
every request; see docs/decisions.
"""

from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import Struct

from plughub.core.prices import Price
from plughub.core.stock import Level
from plughub.core.taxes import Tax
from plughub.core.values import Custom, Source


class Content(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Texts in one language."""

    name: str | None = None
    short_description: str | None = None
    description: str | None = None


class Alternate(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Texts for the systems of one content group; what is missing here is as everywhere."""

    content: dict[str, Content] = {}


class Identifiers(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Numbers under which others know the product. NCM, NBM and CEST are Brazilian tax classifications."""

    ncm: str | None = None
    nbm: str | None = None
    cest: str | None = None
    isbn: str | None = None
    model: str | None = None
    origin: str | None = None


class Dimensions(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Of the parcel: centimetres and kilograms."""

    length: Decimal | None = None
    width: Decimal | None = None
    height: Decimal | None = None
    weight: Decimal | None = None
    #: Litres.
    volume: Decimal | None = None


class Attribute(Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: UUID
    code: str | None = None
    label: str | None = None
    value_code: str | None = None
    value_label: str | None = None
    #: The attribute's own record, where it has one.
    attribute_id: UUID | None = None
    #: The value in other languages than the one that `value_label` is in: language -> text.
    translations: dict[str, str] = {}
    custom: dict[str, Custom] = {}


class Option(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An attribute by which a product's variants are told apart, in the order in which buyers choose."""

    id: UUID
    #: Code of the attribute.
    code: str = ""
    label: str | None = None
    #: The attribute's own record, where it has one.
    attribute_id: UUID | None = None


class Media(Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: UUID
    url: str | None = None
    name: str | None = None
    title: str | None = None
    position: int | None = None
    external: str | None = None
    #: A file of the hub's own instead of an address; `name` is then the file's.
    file: UUID | None = None
    #: Whether anybody may read that file.
    is_public: bool = False


class Category(Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: UUID
    #: Names from the root: `Moda > Camisas`.
    path: str = ""


class Component(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A product in a kit; the id is that product's."""

    id: UUID
    sku: str = ""
    quantity: int = 1


class Part(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one sellable variant of a kit takes from stock; the id is the part's variant."""

    id: UUID
    quantity: int = 1


class StockPolicy(StrEnum):
    #: Sold as far as there is stock.
    COUNTED = "counted"
    #: Can always be had, whatever is counted.
    ALWAYS = "always"
    #: Nothing is kept in stock.
    NEVER = "never"


class VariantDoc(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What of a variant is only read and written, and so lives in its document."""

    gtin: str | None = None
    gtin_optional: bool | None = None
    content: dict[str, Content] = {}
    cost: Decimal | None = None
    dimensions: Dimensions = Dimensions()
    attributes: tuple[Attribute, ...] = ()
    media: tuple[Media, ...] = ()
    #: Content group -> its texts.
    alternates: dict[str, Alternate] = {}
    #: The maker's own code for it.
    maker_sku: str | None = None
    #: Not shown to buyers, though it may be bought.
    is_hidden: bool = False
    supply: StockPolicy = StockPolicy.COUNTED
    #: Rates only: there is no sale yet. None: nobody has told; empty: untaxed.
    taxes: tuple[Tax, ...] | None = None
    custom: dict[str, Custom] = {}
    #: Fields that only one dialect knows: dialect -> field -> value.
    extensions: dict[str, dict[str, Any]] = {}


class Variant(VariantDoc, frozen=True, kw_only=True, omit_defaults=True):
    """The thing with a SKU, a price and stock."""

    id: UUID
    sku: str = ""
    #: Base price, in the tenant's currency.
    price: Decimal | None = None
    special_price: Decimal | None = None
    #: As a price's digits.
    price_digits: int | None = None
    prices: tuple[Price, ...] = ()
    levels: tuple[Level, ...] = ()
    parts: tuple[Part, ...] = ()
    #: The variant group that it is in, as a product of its own.
    group: UUID | None = None
    #: The calling connection's own id for it.
    remote_id: str | None = None


class ProductDoc(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What of a product is only read and written, and so lives in its document."""

    content: dict[str, Content] = {}
    is_available: bool | None = None
    brand: str | None = None
    link: str | None = None
    identifiers: Identifiers = Identifiers()
    warranty_months: int | None = None
    warranty_text: str | None = None
    handling_days: int | None = None
    manufacture_days: int | None = None
    options: tuple[Option, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    media: tuple[Media, ...] = ()
    alternates: dict[str, Alternate] = {}
    custom: dict[str, Custom] = {}
    source: Source = Source()
    extensions: dict[str, dict[str, Any]] = {}


class Product(ProductDoc, frozen=True, kw_only=True, omit_defaults=True):
    categories: tuple[Category, ...] = ()
    #: Products that make up this kit; empty when it is none.
    components: tuple[Component, ...] = ()
    #: Carries the product's own SKU, price and stock; hidden from sale once there are variants.
    default: Variant
    variants: tuple[Variant, ...] = ()
    #: Free stock of the parts of a kit, by their variant's id; not a field that anybody writes.
    part_stock: dict[UUID, Decimal] = {}
    remote_id: str | None = None

    @property
    def sku(self) -> str:
        return self.default.sku

    def sku_of(self, id: UUID) -> str:
        """The SKU of the variant with this id; the product's own for any other."""
        return next((variant.sku for variant in self.variants if variant.id == id), self.sku)

    @property
    def is_kit(self) -> bool:
        return bool(self.components)
