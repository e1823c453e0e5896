"""SAP Event Mesh: events of S/4HANA from its queues."""

from flowrun_connectors.event_mesh.connector import EventMesh
from flowrun_connectors.event_mesh.settings import EventMeshConfig

__all__ = ["EventMesh", "EventMeshConfig"]
