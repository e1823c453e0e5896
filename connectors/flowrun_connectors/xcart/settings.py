"""The settings of a connection to an X-Cart shop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from flowrun.component import Config, Duration, Secret, Url, field

LARGEST_PAGE = 100  # X-Cart cuts larger wishes without a word

PATHS: Mapping[str, str] = {
    "get_order": "/api/orders/{id}",
    "get_order_by_number": "/api/orders/by_number/{order_number}",
    "list_orders": "/api/orders",
    "list_payment_transactions": "/api/orders/{order_id}/payment_transactions",
    "get_payment_status": "/api/orders/{id}/payment_status",
    "set_payment_status": "/api/orders/{id}/payment_status",
    "get_shipping_status": "/api/orders/{id}/shipping_status",
    "set_shipping_status": "/api/orders/{id}/shipping_status",
    "get_order_history": "/api/orders/{order_id}/history",
    "get_profile": "/api/profiles/{id}",
    "list_profiles": "/api/profiles",
    "create_profile": "/api/profiles",
    "update_profile": "/api/profiles/{id}",
    "list_addresses": "/api/profiles/{profile_id}/addresses",
    "get_address": "/api/profiles/{profile_id}/addresses/{id}",
    "create_address": "/api/profiles/{profile_id}/addresses",
    "update_address": "/api/profiles/{profile_id}/addresses/{id}",
    "list_memberships": "/api/memberships",
    "get_product": "/api/products/{id}",
    "list_products": "/api/products",
    "create_product": "/api/products",
    "update_product": "/api/products/{id}",
    "set_stock": "/api/products/{id}",
    "list_variants": "/api/products/{product_id}/variants",
    "get_variant": "/api/products/{product_id}/variants/{id}",
    "create_variant": "/api/products/{product_id}/variants",
    "update_variant": "/api/products/{product_id}/variants/{id}",
    "product_wholesale_prices": "/api/products/{product_id}/wholesale_prices",
    "variant_wholesale_prices": "/api/products/{product_id}/variants/{variant}/wholesale_prices",
}


class Tracking(Config):
    """An endpoint for tracking numbers, which a module of the shop's own adds to X-Cart 5.5."""

    path: str = field(description="Its path.", examples=["/api/orders/{id}/tracking"])
    method: Literal["POST", "PUT"] = field("POST", description="The HTTP method.")
    number_field: str = field("value", description="The field of the body that holds the number.")


class Extensions(Config):
    """What a shop can do beyond X-Cart's own API. All of it is off until it is named here."""

    tracking: Tracking | None = field(None, description="How a tracking number is added to an order.")


class XCartConfig(Config):
    """How to reach one shop."""

    url: Url = field(description="Start of the shop's address.", examples=["https://shop.example.com"])
    token: Secret = field(
        description="The key: from Settings > API, or of the REST API add-on where `api` is `classic`. "
        "Read/write, or read-only where no flow writes.",
        examples=[{"env": "XCART_TOKEN"}],
    )
    api: Literal["5.5", "classic"] = field(
        "5.5", description="`5.5` for X-Cart 5.5 and 5.6; `classic` for the REST API add-on of 5.0 to 5.4."
    )
    timeout: Duration = field(Duration(30.0), description="How long to wait for one answer.")
    paths: Mapping[str, str] = field(
        default_factory=lambda: dict(PATHS),
        description="Where each operation is, for shops behind a gateway. What is left out stays as it is.",
        examples=[{"set_shipping_status": "/api/v2/orders/{id}/status"}],
    )
    classic_path: str = field("/admin.php", description="Where the REST API add-on answers.")
    classic_body: Literal["json", "form"] = field(
        "json", description="How the REST API add-on is written to: `form` for X-Cart 5.0 to 5.2."
    )
    classic_language: str = field(
        "en", description="The language whose names and texts are read from the classic API."
    )
    extensions: Extensions = field(
        default_factory=Extensions,
        description="Endpoints that a module of the shop's own adds.",
        examples=[{"tracking": {"path": "/api/orders/{id}/tracking"}}],
    )
    order_fields: list[str] = field(
        default_factory=list,
        description="Fields that an add-on of the shop adds to its orders, so that flows may use them.",
        examples=[["reward_points", "survey_answers"]],
    )
    language: str | None = field(
        None,
        description="The language of names and of the texts that are written, if it is not the shop's own.",
        examples=["de"],
    )
    page_size: int = field(
        LARGEST_PAGE, description="How many records one request asks for; 100 at most.", least=1
    )
    at_once: int = field(
        8,
        description="How many requests one operation may have under way: for variants, for many stocks.",
        least=1,
    )
    variants: bool = field(
        True,
        description="Whether the shop has variants. Without them, SKUs are found with far fewer requests.",
    )
    index_refresh: Duration = field(
        Duration(60.0),
        description="An unknown SKU is looked for in the shop again, but not sooner than this after the last time.",
    )
    index_age: Duration = field(
        Duration(86400.0),
        description="The variants of a product that seems unchanged are read again after this time.",
    )

    def path_of(self, operation: str) -> str:
        """The path template of an operation."""
        return {**PATHS, **self.paths}[operation]
