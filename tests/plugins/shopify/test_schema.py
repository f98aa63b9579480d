"""The adapter's queries, the served schema and the cost model against the platform's own schema."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    coerce_input_value,
    parse,
    print_type,
    type_from_ast,
    validate,
)

from mercer.plugins.shopify.cancelling import REASONS
from mercer.plugins.shopify.carriers import CARRIERS, UNLISTED
from mercer.plugins.shopify.mapping import product_set_input
from mercer.plugins.shopify.order_mapping import STATUSES, UNSHIPPED
from mercer.plugins.shopify.queries import bulk_text, query
from mercer.plugins.shopify.simulator.cost import Costs
from mercer.plugins.shopify.simulator.service import served

from .conftest import SPECS
from .test_products import DRAFT

NAMES = sorted(
    entry.name.removesuffix(".graphql")
    for entry in (files("mercer.plugins.shopify") / "queries").iterdir()
    if entry.name.islower() and entry.name != "bulk_products.graphql"
)


def costs(schema: GraphQLSchema, text: str, variables: dict[str, Any] | None = None) -> int:
    document = parse(text)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    return Costs(schema, document, operation, variables or {}).requested()


@pytest.mark.parametrize("name", NAMES)
def test_every_query_is_served_at_the_cost_it_declares(name: str) -> None:
    assert validate(served(), parse(query(name).text)) == []
    assert costs(served(), query(name).text) == query(name).cost


def test_the_export_is_served() -> None:
    assert validate(served(), parse(bulk_text("gid://shopify/Location/1"))) == []


@pytest.mark.shared
@pytest.mark.parametrize("name", NAMES)
def test_every_query_is_valid_in_the_platforms_schema(
    name: str, full_schema: GraphQLSchema
) -> None:
    assert validate(full_schema, parse(query(name).text)) == []
    assert costs(full_schema, query(name).text) == query(name).cost


@pytest.mark.shared
def test_the_export_is_valid_in_the_platforms_schema(full_schema: GraphQLSchema) -> None:
    assert validate(full_schema, parse(bulk_text("gid://shopify/Location/1"))) == []


@pytest.mark.shared
def test_what_is_served_is_a_part_of_the_platforms_schema(full_schema: GraphQLSchema) -> None:
    assert list(differences(served(), full_schema)) == []


def differences(part: GraphQLSchema, whole: GraphQLSchema) -> Iterator[str]:
    for name, type in part.type_map.items():
        if name.startswith("__"):
            continue
        full = whole.type_map.get(name)
        if full is None or full.__class__ is not type.__class__:
            yield f"{name}: {print_type(full) if full else 'missing'}"
        elif isinstance(type, GraphQLEnumType) and isinstance(full, GraphQLEnumType):
            yield from (f"{name}.{each}" for each in type.values.keys() - full.values.keys())
        elif isinstance(type, GraphQLInputObjectType) and isinstance(full, GraphQLInputObjectType):
            for field, definition in type.fields.items():
                if field not in full.fields or str(full.fields[field].type) != str(definition.type):
                    yield f"{name}.{field}"
        elif isinstance(type, GraphQLObjectType | GraphQLInterfaceType):
            assert isinstance(full, GraphQLObjectType | GraphQLInterfaceType)
            yield from _fields(type, full)
    for directive in part.directives:
        theirs = whole.get_directive(directive.name)
        if theirs is None or theirs.args.keys() < directive.args.keys():
            yield f"@{directive.name}"


def _fields(
    type: GraphQLObjectType | GraphQLInterfaceType, full: GraphQLObjectType | GraphQLInterfaceType
) -> Iterator[str]:
    yield from (
        f"{type.name} implements {each.name}"
        for each in type.interfaces
        if each.name not in {other.name for other in full.interfaces}
    )
    for name, field in type.fields.items():
        theirs = full.fields.get(name)
        if theirs is None or str(theirs.type) != str(field.type):
            yield f"{type.name}.{name}"
            continue
        for argument, definition in field.args.items():
            known = theirs.args.get(argument)
            if known is None or str(known.type) != str(definition.type):
                yield f"{type.name}.{name}({argument})"
        for argument, definition in theirs.args.items():
            if argument not in field.args and str(definition.type).endswith("!"):
                yield f"{type.name}.{name} lacks {argument}"


# ---------------------------------------------------------------- the cost formula

MEASURED = {
    "Locations": ({"first": 50}, 9),
    "ProductsPage": ({"first": 25}, 164),
    "InventoryItemsBySku": ({"first": 50}, 163),
    "OrdersPage": ({"first": 250}, 618),
    "OpenFulfillmentOrders": ({"first": 50}, 107),
    "OrderFull": ({}, 142),
    "InventorySet": ({}, 13),
    "FulfillmentCreate": ({}, 27),
}


@pytest.mark.shared
@pytest.mark.parametrize("name", sorted(MEASURED))
def test_the_cost_formula_gives_what_was_measured(name: str, full_schema: GraphQLSchema) -> None:
    operations = (SPECS / "operations.graphql").read_text("utf-8")
    texts = dict(re.findall(r"# name: (\w+)\n(.*?)(?=\n# name:|\Z)", operations, re.DOTALL))
    variables, cost = MEASURED[name]

    assert costs(full_schema, texts[name], variables) == cost


@pytest.mark.shared
def test_what_the_adapter_sends_as_a_product_is_what_the_platform_takes(
    full_schema: GraphQLSchema,
) -> None:
    given = product_set_input(DRAFT, "1")
    operation = parse(query("create_product").text).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    kinds = {each.variable.name.value: each.type for each in operation.variable_definitions or ()}
    type: Any = type_from_ast(full_schema, kinds["input"])

    assert coerce_input_value(given, type) is not Undefined


# ---------------------------------------------------------------- words that must all be known


@pytest.mark.shared
def test_every_status_of_an_order_is_known(full_schema: GraphQLSchema) -> None:
    known = set(STATUSES) | UNSHIPPED
    for name in ("OrderDisplayFinancialStatus", "OrderDisplayFulfillmentStatus"):
        type = full_schema.type_map[name]
        assert isinstance(type, GraphQLEnumType)
        assert known >= set(type.values)
        known -= set(type.values)
    assert known == set()


@pytest.mark.shared
def test_the_reasons_to_cancel_are_the_platforms(full_schema: GraphQLSchema) -> None:
    type = full_schema.type_map["OrderCancelReason"]
    assert isinstance(type, GraphQLEnumType)
    assert set(type.values) == REASONS


@pytest.mark.shared
def test_carriers_that_get_a_link_are_spelt_as_on_the_platforms_list() -> None:
    text = gzip.decompress((SPECS / "admin-2026-10.graphql.gz").read_bytes()).decode()
    listed = text.partition("### Supported tracking companies")[2].partition("company: String")[0]
    names = {each.strip(" *.\n") for each in re.split(r"[\n,:]", listed)}

    assert {name for carrier, name in CARRIERS.items() if carrier not in UNLISTED} <= names
    assert not {CARRIERS[carrier] for carrier in UNLISTED} & names
