"""`http` keeps the contract that every connector keeps. A new operation needs a sample here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from flowrun.testing import Answer, ConnectorContract, Sample
from flowrun_connectors.http import Http


class TestHttp(ConnectorContract):
    connector = Http
    samples: ClassVar[Mapping[str, Sample]] = {
        "get": Sample({"path": "/rates", "query": {"day": "2026-03-14"}}, answer={"rate": 1}),
        "post": Sample({"path": "/orders", "body": {"sku": "MUG-01"}}, answer=Answer({"id": 7}, 201)),
        "put": Sample({"path": "/orders/7", "body": {"sku": "MUG-01"}}, answer={"id": 7}),
        "patch": Sample({"path": "/orders/7", "body": {"amount": 2}}, answer={"id": 7}),
        "delete": Sample({"path": "/orders/7", "expect": [200, 204, 404]}, answer=Answer(status=204),
                         after={"DELETE": Answer(status=404)}, expects={"not found": None}),
        "request": Sample({"path": "/orders", "method": "POST", "body": {"sku": "MUG-01"}}, answer={"id": 7}),
    }  # fmt: skip
    expects: ClassVar[Mapping[str, Any]] = {
        "page": None
    }  # what is no JSON is a text, and a text is an answer
    reasons: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("post.body", "put.body", "patch.body", "request.body"), "an API takes any JSON"
    )

    def settings(self, url: str) -> Mapping[str, Any]:
        return {"base_url": url, "token": "t", "headers": {"X-Api-Key": "a key that is long enough"}}

    def variants(self, url: str) -> list[Mapping[str, Any]]:
        return [{"base_url": url, "user": "u", "password": "p"}]
