"""One GraphQL request, checked in the platform's order: text, schema, variables, points, then run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    build_schema,
    execute_sync,
    parse,
    validate,
)

from mercer.plugins.shopify.simulator import (
    bulk,
    mutations,
    order_mutations,
    order_resolvers,
    product_mutations,
)
from mercer.plugins.shopify.simulator.cost import LARGEST, Costs
from mercer.plugins.shopify.simulator.language import (
    syntax_error,
    validation_error,
    variable_errors,
)
from mercer.plugins.shopify.simulator.resolvers import Context, resolve, too_many, type_name
from mercer.plugins.shopify.simulator.shop import Shop
from mercer.plugins.shopify.simulator.state import MAXIMUM_POINTS, RESTORE_RATE

Answer = dict[str, Any]

RESOLVERS: Final = (bulk, mutations, order_mutations, order_resolvers, product_mutations)
"""Each registers its own when it is imported."""

_LIMITS: Final = {"variants": 2048}
"""Of `productSet`; every other list takes 250."""


class Malformed(Exception):
    """The body is JSON, but no GraphQL request."""


@cache
def served() -> GraphQLSchema:
    return build_schema((files(__package__) / "schema.graphql").read_text("utf-8"))


@cache
def _parsed(text: str) -> DocumentNode | tuple[Answer, ...]:
    """The document, or what is wrong with it. Clients send few texts many times."""
    try:
        document = parse(text)
    except GraphQLError as error:
        return (syntax_error(error),)
    errors = validate(served(), document)
    return tuple(validation_error(each, document) for each in errors) or document


@dataclass(frozen=True)
class Prepared:
    """A request that may run if there are points enough."""

    document: DocumentNode
    operation: OperationDefinitionNode
    variables: dict[str, Any]
    costs: Costs
    requested: int

    @property
    def writes(self) -> bool:
        return self.operation.operation is OperationType.MUTATION


def prepare(body: Mapping[str, Any]) -> Prepared | Answer:
    """Raise `Malformed` where the body is not a GraphQL request at all."""
    text, variables = body.get("query"), body.get("variables") or {}
    if not isinstance(text, str) or not isinstance(variables, dict):
        raise Malformed("query is text and variables are an object")
    document = _parsed(text)
    if isinstance(document, tuple):
        return {"errors": list(document)}
    operation = _chosen(document, body.get("operationName"))
    if isinstance(operation, str):
        return {"errors": [{"message": operation}]}
    if errors := variable_errors(served(), operation, variables):
        return {"errors": errors}
    costs = Costs(served(), document, operation, variables)
    requested = costs.requested()
    if requested > LARGEST:
        return {"errors": [_too_dear(requested)]}
    return Prepared(document, operation, variables, costs, requested)


def run(shop: Shop, prepared: Prepared, address: str, *, lost: bool = False) -> Answer:
    """Take the points and execute. `lost`: say yes and do nothing."""
    refill(shop)
    if shop.state.points < prepared.requested:
        return throttled(shop, prepared)
    context = Context(shop, address, lost=lost)
    answer = _long_lists(prepared) or _executed(prepared, context)
    actual = prepared.costs.actual(answer.get("data"))
    shop.state.points -= actual
    answer["extensions"] = {"cost": _cost(shop, prepared.requested, actual)}
    if context.searches:
        answer["extensions"]["search"] = context.searches
    return answer


def throttled(shop: Shop, prepared: Prepared) -> Answer:
    """On HTTP 200, without `data`, without `Retry-After`."""
    documentation = "https://shopify.dev/api/usage/rate-limits"
    extensions = {"code": "THROTTLED", "documentation": documentation}
    return {
        "errors": [{"message": "Throttled", "extensions": extensions}],
        "extensions": {"cost": _cost(shop, prepared.requested, None)},
    }


def refill(shop: Shop) -> None:
    """Points come back by the world's clock."""
    state, now = shop.state, shop.moment()
    passed = max((now - state.points_at).total_seconds(), 0.0)
    state.points = min(MAXIMUM_POINTS, state.points + passed * RESTORE_RATE)
    state.points_at = now


def _chosen(document: DocumentNode, name: str | None) -> OperationDefinitionNode | str:
    operations = [
        each for each in document.definitions if isinstance(each, OperationDefinitionNode)
    ]
    if name is None:
        return operations[0] if len(operations) == 1 else "An operation name is required"
    named = [each for each in operations if each.name and each.name.value == name]
    return named[0] if named else f'No operation named "{name}"'


def _executed(prepared: Prepared, context: Context) -> Answer:
    name = prepared.operation.name
    result = execute_sync(
        served(),
        prepared.document,
        context_value=context,
        variable_values=prepared.variables,
        operation_name=name.value if name else None,
        field_resolver=resolve,
        type_resolver=type_name,
    )
    answer: Answer = {"data": result.data}
    if result.errors:
        answer["errors"] = [error.formatted for error in result.errors]
    return answer


def _long_lists(prepared: Prepared) -> Answer | None:
    if not prepared.writes:
        return None
    root: Any = prepared.operation.selection_set.selections[0]
    path = [root.name.value]
    for error in _too_long(prepared.variables, list(path), whole_product="productSet" in path):
        return {"errors": [error.formatted], "data": {path[0]: None}}
    return None


def _too_long(value: Any, path: list[str | int], *, whole_product: bool) -> Iterator[GraphQLError]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _too_long(each, [*path, name], whole_product=whole_product)
    elif isinstance(value, list):
        most = _LIMITS.get(str(path[-1]), 250) if whole_product else 250
        if len(value) > most:
            yield too_many(len(value), path, most)
        for index, each in enumerate(value):
            yield from _too_long(each, [*path, index], whole_product=whole_product)


def _cost(shop: Shop, requested: int, actual: int | None) -> Answer:
    return {
        "requestedQueryCost": requested,
        "actualQueryCost": actual,
        "throttleStatus": {
            "maximumAvailable": MAXIMUM_POINTS,
            "currentlyAvailable": int(shop.state.points),
            "restoreRate": RESTORE_RATE,
        },
    }


def _too_dear(cost: int) -> Answer:
    return {
        "message": f"Query cost is {cost}, which exceeds the single query max cost limit ({LARGEST}).",
        "extensions": {
            "code": "MAX_COST_EXCEEDED",
            "cost": cost,
            "maxCost": LARGEST,
            "documentation": "https://shopify.dev/api/usage/rate-limits",
        },
    }
