"""The base of all models, and the frozen containers that they hold."""

from __future__ import annotations

from threading import RLock
from typing import Annotated, Any, Final, NoReturn, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SkipValidation,
    Strict,
    WithJsonSchema,
)

from gitprov.model.ids import MAX_NUMBER
from gitprov.model.text import (
    MAX_KEY,
    MAX_SAFE,
    MAX_TEXT,
    key_problem,
    number_problem,
    refuse,
    text_problem,
)

_BUILDING: Final = RLock()

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")


class Model(BaseModel):
    """A frozen value: strict types, no unknown fields, keys in the order of the schema."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        serialize_by_alias=True,
        # Most parts are only ever validated inside of their records, which build them anyway.
        defer_build=True,
    )

    @classmethod
    def model_rebuild(
        cls,
        *,
        force: bool = False,
        raise_errors: bool = True,
        **_: object,
    ) -> bool | None:
        """Build the validator, as pydantic does at first use; one thread at a time.

        Names are those of the model's own module, not of whoever happened to be first.
        """
        with _BUILDING:
            return super().model_rebuild(
                force=force, raise_errors=raise_errors, _types_namespace={}
            )

    def to_mapping(self) -> dict[str, Any]:
        """Plain values in schema order; what is absent has no key (none is not empty)."""
        return self.model_dump(mode="json", exclude_none=True)


class FrozenDict(dict[K, V]):
    """A dict that cannot be changed and can be hashed."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("a record's map cannot be changed; append a new record instead")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self.items()))

    def __reduce__(self) -> tuple[type[FrozenDict[K, V]], tuple[dict[K, V]]]:
        return FrozenDict, (dict(self),)


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _sorted_map(items: dict[str, V]) -> FrozenDict[str, V]:
    for key in items:
        problem = key_problem(key)
        if problem is not None:
            raise refuse(f"has the key {key[:40]!r}, which {problem}")
    return FrozenDict(sorted(items.items()))


def _text_map(items: dict[str, str]) -> FrozenDict[str, str]:
    for key, value in items.items():
        problem = text_problem(value)
        if problem is not None:
            raise refuse(problem, key)
    return _sorted_map(items)


def _number_map(items: dict[str, object]) -> FrozenDict[str, object]:
    for key, value in items.items():
        problem = number_problem(value)
        if problem is not None:
            raise refuse(problem, key)
    return _sorted_map(items)


def _map_schema(values: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema(
        {
            "type": "object",
            "propertyNames": {"minLength": 1, "maxLength": MAX_KEY},
            "additionalProperties": values,
        }
    )


Many = Annotated[tuple[T, ...], BeforeValidator(_as_tuple)]
"""A frozen list; a list is taken as well, nothing else."""

Choice = Annotated[T, Strict(strict=False)]
"""An enum member, or exactly its text."""

Count = Annotated[int, Field(ge=0, le=MAX_SAFE)]
"""A whole number from 0 that every reader can hold."""

Integer = Annotated[int, Field(ge=-MAX_SAFE, le=MAX_SAFE)]

PolicyNumber = Annotated[int, Field(ge=1, le=MAX_NUMBER)]

TextMap = Annotated[
    dict[str, str],
    AfterValidator(_text_map),
    _map_schema({"type": "string", "maxLength": MAX_TEXT}),
]
"""A free map: any keys that are lines of at most 128 code points, sorted by code point."""

NumberMap = Annotated[
    dict[str, SkipValidation[int | float]],
    AfterValidator(_number_map),
    _map_schema({"type": "number"}),
]
