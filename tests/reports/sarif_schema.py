"""The part of the schema of SARIF 2.1.0 that the report uses, strict: no property beyond it."""

from __future__ import annotations

from typing import Any


def _object(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(required),
        "properties": properties,
        "additionalProperties": False,
    }


def _array(items: dict[str, Any], **rules: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **rules}


TEXT = {"type": "string"}
INDEX = {"type": "integer", "minimum": -1}
MESSAGE = _object(("text",), text=TEXT, markdown=TEXT)
LEVEL = {"enum": ["none", "note", "warning", "error"]}
RULE = _object(("id",), id=TEXT, name=TEXT, shortDescription=MESSAGE, fullDescription=MESSAGE, help=MESSAGE)
LOCATION = _object(
    physicalLocation=_object(
        artifactLocation=_object(uri={"type": "string", "format": "uri-reference"}),
        region=_object(startLine={"type": "integer", "minimum": 1}),
    ),
    logicalLocations=_array(_object(name=TEXT, fullyQualifiedName=TEXT), uniqueItems=True),
)
NOTIFICATION = _object(
    ("message",),
    level=LEVEL,
    message=MESSAGE,
    associatedRule=_object(id=TEXT, index=INDEX),
    locations=_array(LOCATION, uniqueItems=True),
)
RESULT = _object(
    ("message",),
    ruleId=TEXT,
    ruleIndex=INDEX,
    kind={"enum": ["notApplicable", "pass", "fail", "review", "open", "informational"]},
    level=LEVEL,
    message=MESSAGE,
    locations=_array(LOCATION, minItems=1),
    partialFingerprints={"type": "object", "additionalProperties": TEXT},
    properties={"type": "object"},
)
SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    **_object(
        ("version", "runs"),
        version={"const": "2.1.0"},
        runs=_array(
            _object(
                ("tool",),
                tool=_object(
                    ("driver",),
                    driver=_object(("name",), name=TEXT, version=TEXT, rules=_array(RULE, uniqueItems=True)),
                ),
                automationDetails=_object(id=TEXT),
                invocations=_array(
                    _object(
                        ("executionSuccessful",),
                        executionSuccessful={"type": "boolean"},
                        toolExecutionNotifications=_array(NOTIFICATION),
                    )
                ),
                results=_array(RESULT),
            )
        ),
        **{"$schema": {"type": "string", "format": "uri"}},
    ),
}
