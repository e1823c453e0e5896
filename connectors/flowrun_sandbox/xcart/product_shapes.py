"""The JSON of products and what belongs to them, in the 5.5 admin API. Dates carry the shop's own offset."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flowrun_sandbox.xcart.model import Category, Image, Product, Variant, WholesalePrice
from flowrun_sandbox.xcart.shapes import number

Json = dict[str, Any]


def product_date(moment: datetime, store: ZoneInfo) -> str:
    """As products write it: in the shop's own time zone."""
    return moment.astimezone(store).isoformat(timespec="seconds")


def product(row: Product, store: ZoneInfo, names: dict[str, dict[str, int]], spoken: str = "en") -> Json:
    """A product; ``names`` give the ids of classes, tax classes and memberships."""

    texts = row.texts | row.german if spoken == "de" else row.texts

    def named(table: str, name: str | None) -> Json | None:
        return None if name is None else {"id": names[table][name], "name": name}

    return {
        "id": row.id,
        "sku": row.sku,
        "name": texts.get("name", row.name),
        **{key: texts.get(key, "") for key in TEXTS},
        "price": number(row.price),
        "enabled": row.enabled,
        "weight": number(row.weight),
        "separate_box": row.separate_box,
        "width": number(row.width),
        "length": number(row.length),
        "height": number(row.height),
        "free_shipping": row.free_shipping,
        "taxable": row.taxable,
        "create_date": product_date(row.create_date, store),
        "update_date": product_date(row.update_date, store),
        "arrival_date": product_date(row.arrival_date, store),
        "inventory_traceable": row.inventory_traceable,
        "amount": row.amount,
        "product_class": named("product_classes", row.product_class),
        "tax_class": named("tax_classes", row.tax_class),
        "memberships": [named("memberships", name) for name in row.memberships],
        "clean_url": row.clean_url,
        "images": [image(part) for part in row.images.values()],
        "og_meta_tags": "",
        "market_price": 0.0,
        "participate_sale": False,
        "discount_type": "sale_percent",
        "sale_price_value": 0.0,
        "apply_sale_to_wholesale": False,
        "stickers": [],
        "facebook_marketing_enabled": True,
        "google_feed_enabled": True,
        "tags": [],
        "reward_points": 0,
        "automatic_reward_points": True,
    }


def image(row: Image) -> Json:
    """A picture."""
    return {
        "id": row.id,
        "position": row.position,
        "alt": row.alt,
        "url": row.url,
        "width": 800,
        "height": 800,
    }


def category(row: Category) -> Json:
    """A category."""
    return {
        "id": row.id,
        "enabled": row.enabled,
        "show_title": row.show_title,
        "position": row.position,
        "memberships": row.memberships,
        "parent": row.parent,
        "clean_url": row.clean_url,
        "name": row.name,
        **{key: row.texts.get(key, "") for key in TEXTS if key != "brief_description"},
        "icon": None,
        "banner": None,
    }


TEXTS = ("description", "brief_description", "meta_tags", "meta_description", "meta_title")


def variant(row: Variant) -> Json:
    """A variant."""
    return {
        "id": row.id,
        "price": number(row.price),
        "default_price": row.default_price,
        "amount": row.amount,
        "default_amount": row.default_amount,
        "weight": number(row.weight),
        "default_weight": row.default_weight,
        "default_variant": row.default_variant,
        "sku": row.sku,
        "image": row.image,
        "attribute_checkbox_values": [],
        "attribute_select_values": row.attribute_select_values,
    }


def wholesale_price(row: WholesalePrice) -> Json:
    """A wholesale price."""
    return {
        "id": row.id,
        "type": row.type,
        "price": number(row.price),
        "quantity_range_begin": row.quantity_range_begin,
        "membership": row.membership,
    }
