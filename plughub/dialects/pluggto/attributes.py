"""Attributes with their values, as products and order items show them."""

from collections.abc import Mapping
from typing import Any

from plughub.core.errors import Invalid
from plughub.core.patch import Patch
from plughub.dialects.pluggto import ids
from plughub.dialects.pluggto.kinds import ID, TEXT, Kept
from plughub.web.wire import TAKEN, Field, ListOf, Nested, Shape

VALUE = Shape(Field("code", "value_code", TEXT), Field("label", "value_label", TEXT))


class Value(Nested):
    """A client may send a bare text."""

    def schema(self) -> dict[str, Any]:
        shown = self.shape.schema()
        return {**shown, TAKEN: {**shown, "type": ["object", "string", "number", "null"]}}


ATTRIBUTE = Shape(
    Field("id", "id", ID),
    Field("code", "code", TEXT),
    Field("label", "label", TEXT),
    Field("value", "", Value(VALUE)),
    Field("attribute_diff", "", Kept(), is_writable=False),
)


class Attributes(ListOf):
    """Attribute and value, both with code and label."""

    def write(self, value: Any) -> Any:
        return [
            {
                "id": ids.spell(attribute.id),
                "code": attribute.code,
                "label": attribute.label,
                "value": {"code": attribute.value_code, "label": attribute.value_label},
                "attribute_diff": None,
            }
            for attribute in value
        ]


def _attribute_value(element: Mapping[str, Any], patch: Patch) -> Patch:
    value = element.get("value")
    if isinstance(value, Mapping):
        try:
            return {**patch, **VALUE.read(value)[0]}
        except Invalid as error:
            raise error.within("value") from error
    if value is not None:
        return {**patch, "value_label": TEXT.read(value)}
    return patch


#: By label where there is no code, so that the same body sent twice does not add it twice (D).
ATTRIBUTES = Attributes(ATTRIBUTE, keys=("id", "code", "label"), finish=_attribute_value)
