"""Bulk operations: the rules of their queries, their life by the clock, their JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    execute_sync,
    get_named_type,
    parse,
    validate,
)

from mercer.plugins.shopify.simulator.resolvers import (
    Context,
    Info,
    number,
    resolve,
    resolves,
    shop,
    type_name,
)
from mercer.plugins.shopify.simulator.shop import Payload, user_error
from mercer.plugins.shopify.simulator.state import BulkOperation

MOST_RUNNING: Final = 5
URL_LIFE: Final = timedelta(days=7)
_QUEUED: Final = 1.0
_ROWS_PER_SECOND: Final = 2000


def path(operation: BulkOperation) -> str:
    return f"/bulk/{operation.id}.jsonl"


def status(operation: BulkOperation, now: datetime) -> str:
    passed = (now - operation.created_at).total_seconds()
    if passed < _QUEUED:
        return "CREATED"
    return "COMPLETED" if passed >= operation.seconds else "RUNNING"


@resolves("Mutation.bulkOperationRunQuery")
def _run(_source: None, info: Info, query: str, **_args: Any) -> Payload:
    state, now = shop(info).state, shop(info).now()
    if error := _query_error(info.schema, query):
        return {"bulkOperation": None, "userErrors": [user_error(["query"], error, "INVALID")]}
    running = [each for each in state.bulk_operations.values() if status(each, now) != "COMPLETED"]
    if len(running) >= MOST_RUNNING:
        ids = ", ".join(f"gid://shopify/BulkOperation/{each.id}" for each in running)
        words = f"A bulk query operation for this app and shop is already in progress: {ids}."
        error_row = user_error(None, words, "OPERATION_IN_PROGRESS")
        return {"bulkOperation": None, "userErrors": [error_row]}
    context = Context(shop(info), info.context.address, whole=True)
    result = execute_sync(
        info.schema,
        parse(query),
        context_value=context,
        field_resolver=resolve,
        type_resolver=type_name,
    )
    if result.errors:
        raise result.errors[0]
    rows = list(_rows(result.data or {}, None))
    operation = BulkOperation(
        id=state.new_id(),
        query=query,
        created_at=now,
        seconds=_QUEUED + 1 + len(rows) / _ROWS_PER_SECOND,
        content="".join(_line(row) for row in rows),
        object_count=len(rows),
        root_object_count=sum("__parentId" not in row for row in rows),
    )
    state.bulk_operations[operation.id] = operation
    return {"bulkOperation": operation, "userErrors": []}


@resolves("QueryRoot.bulkOperation")
def _operation(_source: None, info: Info, id: str) -> BulkOperation | None:
    return shop(info).state.bulk_operations.get(number(id, "BulkOperation"))


def _done(source: BulkOperation, info: Info) -> bool:
    return status(source, shop(info).now()) == "COMPLETED"


@resolves("BulkOperation.status")
def _status(source: BulkOperation, info: Info) -> str:
    return status(source, shop(info).now())


@resolves("BulkOperation.type")
def _type(_source: BulkOperation, _info: Info) -> str:
    return "QUERY"


@resolves("BulkOperation.errorCode")
@resolves("BulkOperation.partialDataUrl")
def _none(_source: BulkOperation, _info: Info) -> None:
    return None


@resolves("BulkOperation.completedAt")
def _completed(source: BulkOperation, info: Info) -> datetime | None:
    if not _done(source, info):
        return None
    return source.created_at + timedelta(seconds=source.seconds)


@resolves("BulkOperation.objectCount")
def _objects(source: BulkOperation, info: Info) -> str:
    return str(source.object_count if _done(source, info) else 0)


@resolves("BulkOperation.rootObjectCount")
def _roots(source: BulkOperation, info: Info) -> str:
    return str(source.root_object_count if _done(source, info) else 0)


@resolves("BulkOperation.fileSize")
def _size(source: BulkOperation, info: Info) -> str | None:
    return str(len(source.content.encode())) if _done(source, info) else None


@resolves("BulkOperation.url")
def _url(source: BulkOperation, info: Info) -> str | None:
    """An empty result has no file."""
    if not _done(source, info) or not source.content:
        return None
    return f"{info.context.address}{path(source)}"


# ---------------------------------------------------------------- JSON lines


def _rows(node: Any, parent: str | None) -> Iterator[dict[str, Any]]:
    """Children of the connections of `node`, each followed by its own; they name their parent."""
    for value in node.values():
        if not isinstance(value, dict) or "edges" not in value:
            continue
        for edge in value["edges"]:
            child = edge["node"]
            own = {
                name: part
                for name, part in child.items()
                if not (isinstance(part, dict) and "edges" in part)
            }
            yield own | ({"__parentId": parent} if parent else {})
            yield from _rows(child, child.get("id"))


def _line(row: dict[str, Any]) -> str:
    text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
    return text.replace("/", "\\/") + "\n"


# ---------------------------------------------------------------- the rules


def _query_error(schema: GraphQLSchema, query: str) -> str | None:
    try:
        document = parse(query)
    except GraphQLError as error:
        return f"Failed to parse the query - {error.message}"
    if errors := validate(schema, document):
        return errors[0].message
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    assert schema.query_type is not None
    found = list(_connections(schema, operation.selection_set, schema.query_type.name, 0))
    if not found:
        return "Bulk queries must contain at least one connection."
    if len(found) > 5:
        return "Bulk queries cannot contain more than 5 connections."
    if max(depth for _, depth in found) > 2:
        return "Bulk queries cannot contain connections with a nesting depth greater than 2."
    return next((words for field, _ in found if (words := _shape_error(field))), None)


def _connections(
    schema: GraphQLSchema, selections: SelectionSetNode | None, type: str, depth: int
) -> Iterator[tuple[FieldNode, int]]:
    kind: Any = schema.type_map[type]
    for field in selections.selections if selections else ():
        if not isinstance(field, FieldNode) or field.selection_set is None:
            continue
        named = get_named_type(kind.fields[field.name.value].type).name
        inside = depth + 1 if named.endswith("Connection") else depth
        if inside > depth:
            yield field, inside
        yield from _connections(schema, field.selection_set, named, inside)


def _shape_error(field: FieldNode) -> str | None:
    if _names(field) != {"edges"} or _names(_only(field)) != {"node"}:
        return "All connection fields in a bulk query must select their contents using 'edges' > 'node'."
    node = _only(_only(field))
    nested = any(
        isinstance(each, FieldNode) and "edges" in _names(each)
        for each in (node.selection_set.selections if node.selection_set else ())
    )
    if nested and "id" not in _names(node):
        return "The parent 'node' field for a nested connection must select the 'id' field without an alias."
    return None


def _only(field: FieldNode) -> FieldNode:
    assert field.selection_set is not None
    child = field.selection_set.selections[0]
    assert isinstance(child, FieldNode)
    return child


def _names(field: FieldNode) -> set[str]:
    selections = field.selection_set.selections if field.selection_set else ()
    return {
        each.name.value for each in selections if isinstance(each, FieldNode) and not each.alias
    }
