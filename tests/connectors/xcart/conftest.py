"""Shops for X-Cart's tests: the sandbox through its classic API, and a catalogue of a given size."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from xcart_catalogue import Catalogue

from flowrun.component import Duration, Secret, Url
from flowrun_connectors.xcart import XCart

CLASSIC_KEY = "sandbox-classic-key"
CLASSIC_READ_KEY = "sandbox-classic-read-key"


@pytest.fixture
async def classic(make_xcart: Any, shop: Any) -> AsyncIterator[XCart]:
    """The same shop as `xcart`, through the REST API add-on."""
    async with make_xcart(api="classic", token=Secret(CLASSIC_KEY)) as connector:
        yield connector


@pytest.fixture
async def scripted_classic(make_xcart: Any, httpserver: HTTPServer) -> AsyncIterator[XCart]:
    """A connection to a classic shop that answers what the test says."""
    url = Url(httpserver.url_for("/").rstrip("/"))
    async with make_xcart(api="classic", url=url, token=Secret("k3y with/sign&s")) as connector:
        yield connector


@pytest.fixture
def catalogue(httpserver: HTTPServer) -> Catalogue:
    found = Catalogue()
    httpserver.expect_request(re.compile(r"/api/products.*")).respond_with_handler(found)
    return found


@pytest.fixture
async def stocked(make_xcart: Any, httpserver: HTTPServer, catalogue: Catalogue) -> AsyncIterator[XCart]:
    """A connection to the catalogue. An unknown SKU is looked for every time."""
    url = Url(httpserver.url_for("/").rstrip("/"))
    async with make_xcart(url=url, index_refresh=Duration(0.0)) as connector:
        yield connector
