"""The events S/4HANA sends of what happened in it: CloudEvents 1.0, thin, on a topic of their type.

Kinds and fields are S/4HANA's (SAP AsyncAPI of 2021 and 2025). The topic of
``sap.s4.beh.salesorder.v1.SalesOrder.Changed.v1`` ends in ``ce/sap/s4/beh/salesorder/v1/SalesOrder/Changed/v1``;
in front stands the topic space that the channel was given.
"""

from __future__ import annotations

import json
import uuid

from flowrun_sandbox.faults import Faults
from flowrun_sandbox.sap.event_mesh import Mesh
from flowrun_sandbox.sap.faulty import PUBLISH, SapRule
from flowrun_sandbox.sap.happenings import Happening

TOPIC_SPACE = "sandbox/s4hana/mck"
SOURCE = "/default/sap.s4.beh/MCKCLNT100"


class Announcer:
    """Turns happenings into messages, and spoils those a rule meets. Called under the system's lock."""

    def __init__(self, mesh: Mesh, faults: Faults[SapRule]) -> None:
        self._mesh = mesh
        self._faults = faults

    def __call__(self, happening: Happening) -> None:
        """One event, once, unless bad luck is in force."""
        topic, body = message(happening)
        rule = self._faults.take(PUBLISH, topic)
        kind = rule.kind if rule is not None else ""
        delay = rule.delay_ms / 1000 if rule is not None and kind == "late_event" else 0.0
        for _ in range(2 if kind == "duplicate_event" else 1):
            self._mesh.publish(topic, body, "application/json", delay=delay, first=kind == "reorder_event")


def message(happening: Happening) -> tuple[str, bytes]:
    """The topic and the body of one event."""
    thing = happening.kind.partition(".")[0]
    kind = f"sap.s4.beh.{thing.lower()}.v1.{happening.kind}.v1"
    envelope = {
        "id": str(uuid.uuid4()),
        "specversion": "1.0",
        "source": SOURCE,
        "type": kind,
        "time": happening.moment,
        "datacontenttype": "application/json",
        "data": happening.fields,
    }
    return f"{TOPIC_SPACE}/ce/{kind.replace('.', '/')}", json.dumps(envelope).encode()
