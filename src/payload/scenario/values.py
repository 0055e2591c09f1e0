"""How a value of a file is read: as a type that pydantic knows and describes.

A reader gets what stands in the file and the `Scope` it is to be read in, and returns the house's own terms (ms MET,
local dates, base units). What is wrong is raised as `wrong(...)`: the message says what was expected and what stands
there; the room's `faults` add the place. The readers themselves are in `words`, `amounts` and `times`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core.core_schema import with_info_plain_validator_function

from payload.scenario.scope import Scope
from payload.scenario.tree import shown

#: stands in a fault's `below` for "the key itself, not what it maps to"
KEY = "[key]"
T = TypeVar("T")
Reader = Callable[[Any, Scope], Any]


def wrong(message: str, hint: str = "", below: tuple[str | int, ...] = ()) -> PydanticCustomError:
    """The fault of a value; `below` are the steps from the value to the part of it that is wrong."""
    return PydanticCustomError("payload", "wrong", {"faults": [(message, hint, below)]})


def each_of(entries: Iterable[tuple[str | int, Any]], read: Callable[[Any], T]) -> list[T]:
    """All entries read; the faults of all of them are raised together, each as that of its own entry."""
    found: list[T] = []
    faults: list[tuple[str, str, tuple[str | int, ...]]] = []
    for step, entry in entries:
        try:
            found.append(read(entry))
        except PydanticCustomError as error:
            faults += [(message, hint, (step, *below)) for message, hint, below in (error.context or {})["faults"]]
    if faults:
        raise PydanticCustomError("payload", "wrong", {"faults": faults})
    return found


def pair(value: Any, what: str) -> tuple[Any, Any]:
    """A list of exactly two."""
    if not isinstance(value, list) or len(value) != 2:
        counted = f"a list of {len(value)}" if isinstance(value, list) else shown(value)
        raise wrong(f"expected {what}, not {counted}")
    return value[0], value[1]


def told(error: ValueError, value: object) -> PydanticCustomError:
    return wrong(f"{error}, not {shown(value)}")


class ReadWith:
    """A reader as what `Annotated` takes, with the JSON Schema of the text that it reads.

    pydantic is told no more than this: working out a schema of our own types would cost more than reading a mission.
    """

    def __init__(self, reader: Reader, schema: dict[str, Any]) -> None:
        self.reader, self.schema = reader, schema

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return with_info_plain_validator_function(self.validate)

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return dict(self.schema)

    def validate(self, value: Any, info: ValidationInfo) -> Any:
        return self.reader(value, cast(Scope, info.context))
