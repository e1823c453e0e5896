"""The settings of a connection to an X-Cart shop."""

from __future__ import annotations

from collections.abc import Mapping

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
    "list_addresses": "/api/profiles/{profile_id}/addresses",
    "get_product": "/api/products/{id}",
    "list_products": "/api/products",
    "create_product": "/api/products",
    "update_product": "/api/products/{id}",
    "set_stock": "/api/products/{id}",
    "list_variants": "/api/products/{product_id}/variants",
    "update_variant": "/api/products/{product_id}/variants/{id}",
}


class XCartConfig(Config):
    """How to reach one shop."""

    url: Url = field(description="Start of the shop's address.", examples=["https://shop.example.com"])
    token: Secret = field(
        description="The key from Settings > API: read/write, or read-only where no flow writes.",
        examples=[{"env": "XCART_TOKEN"}],
    )
    timeout: Duration = field(Duration(30.0), description="How long to wait for one answer.")
    paths: Mapping[str, str] = field(
        default_factory=lambda: dict(PATHS),
        description="Where each operation is, for shops behind a gateway. What is left out stays as it is.",
        examples=[{"set_shipping_status": "/api/v2/orders/{id}/status"}],
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
    page_size: int = field(LARGEST_PAGE, description="How many records one request asks for; 100 at most.")

    def path_of(self, operation: str) -> str:
        """The path template of an operation."""
        return {**PATHS, **self.paths}[operation]
