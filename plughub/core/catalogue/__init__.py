"""What products refer to: attributes, variant groups and content groups. Each is kept in the registry."""

from plughub.core.catalogue.model import (
    ATTRIBUTE,
    CONTENT_GROUP,
    VARIANT_GROUP,
    AttributeDefinition,
    ContentGroup,
    VariantGroup,
)

__all__ = ["ATTRIBUTE", "CONTENT_GROUP", "VARIANT_GROUP", "AttributeDefinition", "ContentGroup", "VariantGroup"]
