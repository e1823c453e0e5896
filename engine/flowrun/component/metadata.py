"""What a connector tells of a system whose entities have changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class MetadataChange:
    """One difference between what a system said of itself and what it says now.

    `entity` is the name that flows use, `record` that of its shape, and `name` the field, link or function; an
    empty `name` stands for the entity itself. `breaks`: what worked may not work any more. `writing`: only for
    who writes the field; who reads it or asks for it need not care. `required`: it must be filled from now on, so
    that who fills the record without it fails.
    """

    what: Literal["service", "entity", "field", "link", "function"]
    change: str
    entity: str = ""
    record: str = ""
    name: str = ""
    before: str = ""
    after: str = ""
    breaks: bool = False
    writing: bool = False
    required: bool = False
