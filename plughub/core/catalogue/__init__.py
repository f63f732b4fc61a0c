"""What products refer to: attributes, variant groups and content groups. Each is kept in the registry."""

from plughub.core.catalogue.groups import Family, change_family, group_source, groups
from plughub.core.catalogue.model import (
    ATTRIBUTE,
    CONTENT_GROUP,
    VARIANT_GROUP,
    AttributeDefinition,
    ContentGroup,
    VariantGroup,
)

__all__ = [
    "ATTRIBUTE",
    "CONTENT_GROUP",
    "VARIANT_GROUP",
    "AttributeDefinition",
    "ContentGroup",
    "Family",
    "VariantGroup",
    "change_family",
    "group_source",
    "groups",
]
