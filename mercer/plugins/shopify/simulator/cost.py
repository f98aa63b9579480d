"""What a document costs in points, before it runs and after.

Shopify documents that scalars are free, objects cost 1, mutations 10, and that connections are "sized".
The connection formula is fitted to recorded answers; it is exact for most of them, not documented.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_object_type,
)

LARGEST: Final = 1000
_MUTATION: Final = 10.0
_ROOT_COUNT: Final = 10.0
_PER_SET_VARIANT: Final = 0.2
_FREE: Final = frozenset({"MoneyV2", "MoneyBag", "ShopAddress", "LocationAddress"})
_UNREAD: Final = object()


def sized(rows: int) -> int:
    return max(1, math.floor(2 * math.log(rows))) if rows > 0 else 0


@dataclass(frozen=True)
class Costs:
    """The cost of one operation. `requested` goes by page sizes, `actual` by what came."""

    schema: GraphQLSchema
    document: DocumentNode
    operation: OperationDefinitionNode
    variables: Mapping[str, Any]

    def requested(self) -> int:
        return self._total(_UNREAD)

    def actual(self, data: Mapping[str, Any] | None) -> int:
        return min(self._total(data or {}), self.requested())

    def _total(self, data: object) -> int:
        mutates = self.operation.operation is OperationType.MUTATION
        root = self.schema.mutation_type if mutates else self.schema.query_type
        assert root is not None
        total = 0.0
        for field in self._fields(self.operation.selection_set, root.name):
            if field.name.value.startswith("__"):
                total += 1
            elif mutates:
                total += self._mutation(field, root.fields[field.name.value], _part(data, field))
            else:
                total += self._field(field, root.name, _part(data, field), root=True)
        return math.floor(total)

    def _mutation(self, field: FieldNode, definition: GraphQLField, data: object) -> float:
        """Each object directly under the payload costs nothing itself, only what is in it."""
        payload = get_named_type(definition.type).name
        children = 0.0
        for child in self._fields(field.selection_set, payload):
            part = _part(data, child)
            costs = self._field(child, payload, part)
            children += max(costs - 1, 0.0) if _is_object(self.schema, payload, child) else costs
        return _MUTATION + children + self._set_variants(field)

    def _set_variants(self, field: FieldNode) -> float:
        if field.name.value != "productSet":
            return 0.0
        inputs = [value for value in self.variables.values() if isinstance(value, dict)]
        return sum(len(each.get("variants") or ()) for each in inputs) * _PER_SET_VARIANT

    def _selections(self, selections: SelectionSetNode | None, type: str, data: object) -> float:
        named = self.schema.type_map[type]
        if is_abstract_type(named):
            possible = self.schema.get_possible_types(named)
            return max(self._selections(selections, each.name, data) for each in possible)
        return sum(
            self._field(field, type, _part(data, field)) for field in self._fields(selections, type)
        )

    def _field(self, field: FieldNode, parent: str, data: object, *, root: bool = False) -> float:
        if data is None or field.name.value.startswith("__"):
            return 0.0
        kind: Any = self.schema.type_map[parent]
        type = kind.fields[field.name.value].type
        named = get_named_type(type)
        if is_leaf_type(named) or field.name.value == "userErrors":
            return 0.0
        if named.name.endswith("Connection"):
            return self._connection(field, named.name, data)
        if named.name == "Count":
            return _ROOT_COUNT if root else 1.0
        rows = data if isinstance(data, list) else [data]
        children = max(
            (self._selections(field.selection_set, named.name, row) for row in rows), default=0.0
        )
        return children if named.name in _FREE else 1.0 + children

    def _connection(self, field: FieldNode, type: str, data: object) -> float:
        """Edges, cursors and page info are free; the rows are counted by a logarithm."""
        rows: list[object] = [_UNREAD]
        size = self._size(field)
        nodes: SelectionSetNode | None = None
        kind: Any = self.schema.type_map[type]
        node = get_named_type(kind.fields["nodes"].type).name
        for child in self._fields(field.selection_set, type):
            part = _part(data, child)
            if child.name.value == "nodes":
                nodes = child.selection_set
                rows = part if isinstance(part, list) else rows
            elif child.name.value == "edges":
                edge = get_named_type(kind.fields["edges"].type).name
                inner = [
                    each
                    for each in self._fields(child.selection_set, edge)
                    if each.name.value == "node"
                ]
                nodes = inner[0].selection_set if inner else None
                if isinstance(part, list) and inner:
                    rows = [_part(each, inner[0]) for each in part]
        if data is not _UNREAD:
            size = len(rows)
        each = max((self._selections(nodes, node, row) for row in rows), default=0.0)
        return 2.0 + sized(size) * (1.0 + each)

    def _size(self, field: FieldNode) -> int:
        for argument in field.arguments or ():
            if argument.name.value not in ("first", "last"):
                continue
            match argument.value:
                case IntValueNode(value=digits):
                    return int(digits)
                case VariableNode(name=name):
                    return int(self.variables.get(name.value) or 0)
        return 0

    def _fields(self, selections: SelectionSetNode | None, type: str) -> Iterator[FieldNode]:
        """The fields that apply to an object type, fragments opened up."""
        for selection in selections.selections if selections else ():
            match selection:
                case FieldNode():
                    yield selection
                case InlineFragmentNode():
                    condition = selection.type_condition
                    if condition is None or self._applies(condition.name.value, type):
                        yield from self._fields(selection.selection_set, type)
                case FragmentSpreadNode():
                    fragment = self._fragment(selection.name.value)
                    if self._applies(fragment.type_condition.name.value, type):
                        yield from self._fields(fragment.selection_set, type)

    def _applies(self, condition: str, type: str) -> bool:
        if condition == type:
            return True
        wanted, named = self.schema.type_map[condition], self.schema.type_map[type]
        return (
            is_abstract_type(wanted)
            and is_object_type(named)
            and self.schema.is_sub_type(wanted, named)
        )

    def _fragment(self, name: str) -> FragmentDefinitionNode:
        return next(
            each
            for each in self.document.definitions
            if isinstance(each, FragmentDefinitionNode) and each.name.value == name
        )


def _part(data: object, field: FieldNode) -> object:
    if data is _UNREAD:
        return _UNREAD
    key = field.alias.value if field.alias else field.name.value
    return data.get(key) if isinstance(data, dict) else None


def _is_object(schema: GraphQLSchema, parent: str, field: FieldNode) -> bool:
    kind: Any = schema.type_map[parent]
    named = get_named_type(kind.fields[field.name.value].type)
    return not (is_leaf_type(named) or named.name.endswith("Connection") or named.name in _FREE)
