"""What components are made of: settings, step kinds, connectors, and the registry that holds them."""

from flowrun.component.config import Config, FieldInfo, Option, field, options_of
from flowrun.component.connector import Connector, Facts, Operation, Page, Surroundings, operation
from flowrun.component.registry import Registry
from flowrun.component.values import Duration, Secret, Url

__all__ = [
    "Config",
    "Connector",
    "Duration",
    "Facts",
    "FieldInfo",
    "Operation",
    "Option",
    "Page",
    "Registry",
    "Secret",
    "Surroundings",
    "Url",
    "field",
    "operation",
    "options_of",
]
