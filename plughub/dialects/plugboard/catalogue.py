"""Every error this wire knows: the only place where their numbers are defined (specification 3.1).

100002/101019 is the vendor's (S); all other numbers are ours, from 190000 on, so that none of the vendor's gets a
meaning of its own (D).
"""

from dataclasses import dataclass
from typing import Any

_REFUSED, _BODY, _LOGIN, _DENIED, _LOST, _VERB, _CONFLICT, _LARGE, _MEDIA, _RATE, _OURS, _BUSY = (
    (400, 100002), (400, 190001), (401, 190010), (403, 190020), (404, 190030), (405, 190040), (409, 190050),
    (413, 190060), (415, 190070), (429, 190080), (500, 190090), (503, 190095),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    name: str
    sub_code: int
    group: tuple[int, int]
    #: `{field}` and `{fieldValue}` are filled in.
    text: str

    @property
    def status(self) -> int:
        return self.group[0]

    @property
    def code(self) -> int:
        return self.group[1]

    @property
    def class_name(self) -> str:
        return _VENDORS.get(self.name, f"plughub.api.{self.name}")


_VENDORS = {"ProductFieldNotSortable": "record.product.proto.ProductError$ProductFieldNotSortable"}

#: Resource -> (error, number) of a field it cannot be ordered by, in the order in which they got their numbers.
_UNSORTABLE = (
    "Order", "VariantGroup", "Attribute", "Category", "Pricelist", "ContentGroup", "File", "Invoice", "Payment",
)  # fmt: skip
_UNSORTABLE_MONEY = ("PaymentMethod", "PaymentTransactionEvent", "CashRegister", "Settlement", "ZReport")
_CANNOT_ORDER = "Field {fieldValue} cannot be ordered by"

_ENTRIES = (
    Entry("ProductFieldNotSortable", 101019, _REFUSED, _CANNOT_ORDER),
    *(Entry(f"{name}FieldNotSortable", 190101 + at, _REFUSED, _CANNOT_ORDER) for at, name in enumerate(_UNSORTABLE)),
    *(
        Entry(f"{name}FieldNotSortable", 190170 + at, _REFUSED, _CANNOT_ORDER)
        for at, name in enumerate(_UNSORTABLE_MONEY)
    ),
    Entry("UnknownField", 190110, _REFUSED, "There is no field {fieldValue}"),
    Entry("FieldNotFilterable", 190111, _REFUSED, "Field {fieldValue} cannot be filtered by"),
    Entry("FilterTypeUnknown", 190112, _REFUSED, "There is no filter type {fieldValue}"),
    Entry("FilterValueType", 190113, _REFUSED, "The value does not have the type of its field"),
    Entry("FilterMalformed", 190114, _REFUSED, "The filter is malformed at {field}"),
    Entry("FieldType", 190120, _REFUSED, "Field {field} has the wrong type"),
    Entry("FieldRequired", 190121, _REFUSED, "Field {field} is required"),
    Entry("FieldEnum", 190122, _REFUSED, "Field {field} does not have the member {fieldValue}"),
    Entry("FieldRange", 190123, _REFUSED, "Field {field} is out of range"),
    Entry("FieldTooLong", 190124, _REFUSED, "Field {field} is too long"),
    Entry("FieldReadOnly", 190125, _REFUSED, "Field {field} cannot be written"),
    Entry("DecimalMalformed", 190130, _REFUSED, "Field {field} is not a decimal"),
    Entry("DateTimeMalformed", 190131, _REFUSED, "Field {field} is not a dateTime"),
    Entry("CountryUnknown", 190132, _REFUSED, "{fieldValue} is not a country code"),
    Entry("LanguageUnknown", 190133, _REFUSED, "{fieldValue} is not a language code"),
    Entry("CurrencyUnknown", 190134, _REFUSED, "{fieldValue} is not a currency code"),
    Entry("MoneyIncomplete", 190135, _REFUSED, "Money needs both currency and amount"),
    Entry("CurrencyMismatch", 190136, _REFUSED, "{fieldValue} is another currency than the record's"),
    Entry("CustomDataKey", 190140, _REFUSED, "{fieldValue} is not a key of custom data"),
    Entry("CustomDataModule", 190141, _REFUSED, "The module of custom data is not known"),
    Entry("CustomDataType", 190142, _REFUSED, "The value of custom data does not have its type"),
    Entry("ReferenceUnknown", 190150, _REFUSED, "Field {field} names a record that is not there"),
    Entry("PricelistTwice", 190151, _REFUSED, "A pricelist may be named once only"),
    Entry("QtyTwice", 190152, _REFUSED, "A purchaseQty may be named once only"),
    Entry("LocalIdMismatch", 190160, _REFUSED, "localId differs from the path"),
    Entry("JsonSyntax", 190002, _BODY, "The body is not JSON"),
    Entry("NotUtf8", 190003, _BODY, "The body is not UTF-8"),
    Entry("BodyMissing", 190004, _BODY, "The body is empty"),
    Entry("BodyOnGet", 190005, _BODY, "A GET must not have a body"),
    Entry("NotAnObject", 190006, _BODY, "The body must be a JSON object"),
    Entry("TooDeep", 190007, _BODY, "The body is nested too deeply"),
    Entry("ParameterMalformed", 190008, _BODY, "Parameter {field} is malformed"),
    Entry("BodyTooSlow", 190009, _BODY, "The body did not arrive in time; nothing was changed"),
    Entry("CredentialsMissing", 190011, _LOGIN, "Credentials are missing"),
    Entry("CredentialsRejected", 190012, _LOGIN, "Tenant, connection, user name or password is wrong"),
    Entry("InsecureTransport", 190021, _DENIED, "Use HTTPS: this password has crossed the network in clear text"),
    Entry("ConnectionDisabled", 190022, _DENIED, "The connection is switched off"),
    Entry("NotPermitted", 190023, _DENIED, "The user may not do this"),
    Entry("NoSuchResource", 190031, _LOST, "There is no such resource"),
    Entry("NoSuchRecord", 190032, _LOST, "There is no such record"),
    Entry("NoSuchRemoteId", 190033, _LOST, "There is no record with this remote id"),
    Entry("NoFileData", 190034, _LOST, "The file has no content yet"),
    Entry("MethodNotAllowed", 190041, _VERB, "The resource does not take this method"),
    Entry("RemoteIdTaken", 190051, _CONFLICT, "The connection uses remote id {fieldValue} already"),
    Entry("SkuTaken", 190052, _CONFLICT, "SKU {fieldValue} is in use"),
    Entry("RecordDeleted", 190053, _CONFLICT, "The record was deleted"),
    Entry("RecordInUse", 190054, _CONFLICT, "The record is in use"),
    Entry("KeyTaken", 190055, _CONFLICT, "{fieldValue} is in use"),
    Entry("BodyTooLarge", 190061, _LARGE, "The body is too large"),
    Entry("FileTooLarge", 190062, _LARGE, "The file is too large"),
    Entry("MediaType", 190071, _MEDIA, "The body has a media type that is not taken"),
    Entry("TooManyRequests", 190081, _RATE, "Too many requests"),
    Entry("Internal", 190091, _OURS, "Something went wrong here; it has been logged"),
    Entry("TemporarilyUnavailable", 190096, _BUSY, "The hub is busy: nothing was changed, try again"),
)

ERRORS = {entry.name: entry for entry in _ENTRIES}


def listing() -> list[dict[str, Any]]:
    """What `errors.json` holds, by subCode."""
    return [
        {
            "code": entry.code,
            "subCode": entry.sub_code,
            "httpStatus": entry.status,
            "class": entry.class_name,
            "defaultMessage": entry.text,
            "helpText": None,
        }
        for entry in sorted(_ENTRIES, key=lambda entry: entry.sub_code)
    ]
