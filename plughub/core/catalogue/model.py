from uuid import UUID

from msgspec import field

from plughub.core.products.model import Alternate, Attribute, Content, Media
from plughub.core.registry import Entry, Kind


class AttributeDefinition(Entry, frozen=True, kw_only=True, omit_defaults=True):
    """A property that products can have; the values stand at the products."""

    #: Language -> name.
    names: dict[str, str] = field(default_factory=dict)


class ContentGroup(Entry, frozen=True, kw_only=True, omit_defaults=True):
    """Receivers of other texts than the standard ones."""

    names: dict[str, str] = field(default_factory=dict)


class VariantGroup(Entry, frozen=True, kw_only=True, omit_defaults=True):
    """Products of their own that buyers see as one, told apart by attributes."""

    content: dict[str, Content] = field(default_factory=dict)
    alternates: dict[str, Alternate] = field(default_factory=dict)
    #: What tells the products apart: ids of attributes, in the order in which buyers choose.
    told_apart_by: tuple[UUID, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    media: tuple[Media, ...] = ()


ATTRIBUTE = Kind(name="attribute", noun=AttributeDefinition)
CONTENT_GROUP = Kind(name="content_group", noun=ContentGroup)
VARIANT_GROUP = Kind(name="variant_group", noun=VariantGroup)
