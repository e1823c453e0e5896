"""The fixtures of these tests live beside the classes they give."""

from __future__ import annotations

from serve_project import anyio_backend, project, sandbox, sap, shop, variables

__all__ = ["anyio_backend", "project", "sandbox", "sap", "shop", "variables"]
