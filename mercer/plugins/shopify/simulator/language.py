"""What is wrong with a document or its variables, in the platform's words.

Shopify runs graphql-ruby; these are its messages and codes for the mistakes that a client makes.
Others keep graphql-core's words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    Undefined,
    type_from_ast,
)

Problem = tuple[list[str | int], str]
"""Path and explanation."""

_WORDS: Final = (
    (
        re.compile(r"Cannot query field '(\w+)' on type '(\w+)'"),
        "undefinedField",
        "Field '{0}' doesn't exist on type '{1}'",
    ),
    (
        re.compile(r"Unknown argument '(\w+)' on field '\w+\.(\w+)'"),
        "argumentNotAccepted",
        "Field '{1}' doesn't accept argument '{0}'",
    ),
    (
        re.compile(r"Argument '\w+\.(\w+)\((\w+):\)' of type .* is required"),
        "missingRequiredArguments",
        "Field '{0}' is missing required arguments: {1}",
    ),
    (
        re.compile(r"Variable '\$(\w+)' is never used in operation '(\w+)'"),
        "variableNotUsed",
        "Variable ${0} is declared by {1} but not used",
    ),
    (
        re.compile(r"Field '(\w+)' of type '\[?(\w+)[\]!]*' must have a selection of subfields"),
        "selectionMismatch",
        (
            "Field must have selections (field '{0}' returns {1} but has no selections. "
            "Did you mean '{0} {{ ... }}'?)"
        ),
    ),
    (
        re.compile(r"Unknown directive '@(\w+)'"),
        "undefinedDirective",
        "Directive @{0} is not defined",
    ),
)
_GID: Final = re.compile(r"gid://shopify/\w+/[^\s/]+")


def syntax_error(error: GraphQLError) -> dict[str, Any]:
    place = error.locations[0] if error.locations else None
    at = f" at [{place.line}, {place.column}]" if place else ""
    words = error.message.removeprefix("Syntax Error: ").rstrip(".").lower()
    return {"message": f"syntax error, {words}{at}", "extensions": {"code": "PARSE_ERROR"}}


def validation_error(error: GraphQLError, document: DocumentNode) -> dict[str, Any]:
    answer: dict[str, Any] = {"message": error.message, "extensions": {"code": "invalid"}}
    for pattern, code, words in _WORDS:
        if found := pattern.match(error.message):
            answer["message"] = words.format(*found.groups())
            answer["extensions"] = {"code": code}
            if code == "undefinedField":
                answer["extensions"] |= {"typeName": found[2], "fieldName": found[1]}
    if error.nodes:
        answer["path"] = _path(document, error.nodes[0])
    answer["locations"] = [place.formatted for place in error.locations or ()]
    return answer


def _path(document: DocumentNode, wanted: Node) -> list[str]:
    """`query Q`, then the fields down to the node."""

    def down(node: Node, path: list[str]) -> list[str] | None:
        if node is wanted:
            return path
        selections = getattr(node, "selection_set", None)
        for child in selections.selections if selections else ():
            name = [child.name.value] if isinstance(child, FieldNode) else []
            if found := down(child, [*path, *name]):
                return found
        return None

    for each in document.definitions:
        if isinstance(each, OperationDefinitionNode):
            title = each.operation.value + (f" {each.name.value}" if each.name else "")
            if found := down(each, [title]):
                return found
    return []


def variable_errors(
    schema: GraphQLSchema, operation: OperationDefinitionNode, values: Mapping[str, Any]
) -> list[dict[str, Any]]:
    errors = []
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        type = type_from_ast(schema, definition.type)
        if name not in values and definition.default_value is not None:
            continue
        value = values.get(name)
        if problems := list(_problems(type, value, [])):
            errors.append(
                {
                    "message": f"Variable ${name} of type {type} was provided invalid value"
                    + _where(problems),
                    "extensions": {
                        "code": "INVALID_VARIABLE",
                        "value": value,
                        "problems": [
                            {"path": path, "explanation": words} for path, words in problems
                        ],
                    },
                }
            )
    return errors


def _where(problems: Sequence[Problem]) -> str:
    """Problems below the top are named in the message too."""
    below = [f"{'.'.join(map(str, path))} ({words})" for path, words in problems if path]
    return f" for {', '.join(below)}" if below else ""


def _problems(type: Any, value: Any, path: list[str | int]) -> Iterator[Problem]:
    if isinstance(type, GraphQLNonNull):
        if value is None:
            yield path, "Expected value to not be null"
        else:
            yield from _problems(type.of_type, value, path)
    elif value is None:
        return
    elif isinstance(type, GraphQLList):
        for index, each in enumerate(value if isinstance(value, list) else [value]):
            yield from _problems(type.of_type, each, [*path, index])
    elif isinstance(type, GraphQLInputObjectType):
        yield from _object_problems(type, value, path)
    elif isinstance(type, GraphQLEnumType):
        if value not in type.values:
            yield path, f'Expected "{value}" to be one of: {", ".join(type.values)}'
    elif type.name == "ID":
        if not _GID.fullmatch(str(value)):
            yield path, f"Invalid global id '{value}'"
    else:
        yield from _scalar_problems(type, value, path)


def _object_problems(
    type: GraphQLInputObjectType, value: Any, path: list[str | int]
) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield path, f"Expected {value!r} to be a key-value object."
        return
    for name in value.keys() - type.fields.keys():
        yield [*path, name], f"Field is not defined on {type.name}"
    for name, field in type.fields.items():
        if name in value or field.default_value is Undefined:
            yield from _problems(field.type, value.get(name), [*path, name])


def _scalar_problems(type: Any, value: Any, path: list[str | int]) -> Iterator[Problem]:
    try:
        type.parse_value(value)
    except GraphQLError:
        yield path, f"Could not coerce value {value!r} to {type.name}"
