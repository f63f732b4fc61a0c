"""customData: values that systems beyond the hub keep with a record (specification 8)."""

from base64 import b64decode
from collections.abc import Callable, Collection, Mapping
from typing import Any

from plughub.core.patch import Patch
from plughub.core.values import Custom
from plughub.dialects.plugboard.errors import Bad
from plughub.dialects.plugboard.kinds import NUM, Shown, write_decimal

#: Modules that need no `x-` in front: the built-in connectors, and the vendor's own example.
REGISTERED = frozenset({"test", "api", "plugboard", "pluggto"})
_MOST_ENTRIES, _LONGEST_NAME, _LONGEST_VALUE = 500, 100, 64 * 1024
_HELP = "A module of your own begins with x-, such as x-lager."

SCHEMA = {
    "type": ["object", "null"],
    "description": "key: connectionId|moduleId|key; an entry that is null goes",
    "additionalProperties": {
        "type": ["object", "null"],
        "properties": {
            "moduleId": {"type": "string"},
            "key": {"type": "string"},
            "type": {"type": "string", "enum": ["string", "bool", "integer", "decimal", "bytes"]},
            "connectionId": {"type": "string"},
            "value": {"type": ["string", "boolean", "integer", "null"]},
        },
    },
}


#: For tables of fields; read and written by hand.
KIND = Shown(SCHEMA)


def read(value: Any, stored: Mapping[str, Custom], connections: Collection[str]) -> Patch:
    """A patch of the core's map; null for the whole map removes all. `connections`: hex ids of the tenant's."""
    if value is None:
        return dict.fromkeys(stored)
    if not isinstance(value, dict):
        raise Bad("customData", "must be an object", "FieldType", value)
    patch: Patch = {}
    for key, entry in value.items():
        try:
            _check_key(key, stored, connections)
            patch[key] = _entry(key, entry, stored.get(key))
        except Bad as error:
            raise error.within(f"customData.{key}") from error
    left = {**dict.fromkeys(stored, True), **{key: entry is not None for key, entry in patch.items()}}
    if sum(left.values()) > _MOST_ENTRIES:
        raise Bad("customData", f"must have at most {_MOST_ENTRIES} entries", "FieldTooLong")
    return patch


def write(custom: Mapping[str, Custom]) -> dict[str, Any]:
    return {key: _shown(key, entry) for key, entry in custom.items()}


def _shown(key: str, entry: Custom) -> dict[str, Any]:
    connection, module, name = key.split("|")
    shown = {"moduleId": module, "key": name, "type": entry.kind, "value": entry.value}
    return {"connectionId": connection, **shown} if connection else shown


def _check_key(key: str, stored: Mapping[str, Custom], connections: Collection[str]) -> None:
    parts = key.split("|")
    if len(parts) != 3 or not all(1 <= len(part) <= _LONGEST_NAME for part in parts[1:]):
        raise Bad("", "must be connectionId|moduleId|key", "CustomDataKey", key)
    connection, module, _ = parts
    if key in stored:
        return
    if connection and connection not in connections:
        raise Bad("", "names a connection that is not there", "ReferenceUnknown", connection)
    known = {other.split("|")[1] for other in stored}
    if not (module.startswith("x-") or module in REGISTERED or module in known):
        raise Bad("", f"has a module that is not known: {module}", "CustomDataModule", module, _HELP)


def _entry(key: str, entry: Any, before: Custom | None) -> Patch | None:
    if entry is None:
        return None
    if not isinstance(entry, dict):
        raise Bad("", "must be an object", "FieldType", entry)
    for name, part in zip(("connectionId", "moduleId", "key"), key.split("|"), strict=True):
        if (entry.get(name) or "") not in ("", part):
            raise Bad(name, "does not agree with the key", "CustomDataKey", entry[name])
    kind = entry.get("type") or (before.kind if before else "string")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise Bad("type", f"must be one of {', '.join(_READERS)}", "FieldEnum", kind)
    if "value" not in entry and before is not None and kind == before.kind:
        return {}
    value = entry.get("value")
    if value is None:
        return None
    read = reader(value)
    if isinstance(read, str) and len(read) > _LONGEST_VALUE:
        raise Bad("value", f"must have at most {_LONGEST_VALUE} characters", "FieldTooLong")
    return {"kind": kind, "value": read}


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise _mistyped("string", value)
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _mistyped("bool", value)
    return value


def _integer(value: Any) -> int:
    if isinstance(value, str) and value.removeprefix("-").isdecimal() and value.isascii() and len(value) < 20:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _mistyped("integer", value)
    return value


def _decimal(value: Any) -> str:
    try:
        return write_decimal(NUM.read(value))
    except Bad as error:
        raise _mistyped("decimal", value) from error


def _bytes(value: Any) -> str:
    try:
        b64decode(_string(value), validate=True)
    except ValueError as error:
        raise _mistyped("bytes", value) from error
    return str(value)


_READERS: dict[str, Callable[[Any], str | bool | int]] = {
    "string": _string,
    "bool": _flag,
    "integer": _integer,
    "decimal": _decimal,
    "bytes": _bytes,
}


def _mistyped(kind: str, value: Any) -> Bad:
    return Bad("value", f"is no {kind}", "CustomDataType", value)
