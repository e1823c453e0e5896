"""The stages of the day, as data."""

from __future__ import annotations

from flowrun.cli.demo_parts import in_sap, in_shop
from flowrun.cli.demo_parts.day import Scene, Stage

STAGES: tuple[Stage, ...] = (
    Stage(
        "Morning: orders come in, and nothing works as it should",
        (
            Scene("bad luck", in_shop.bad_luck),
            Scene("orders", in_shop.orders_come_in),
        ),
    ),
    Stage(
        "People do their part",
        (
            Scene("calm", in_shop.calm),
            Scene("missing rows", in_shop.missing_rows),
            Scene("money that arrives later", in_shop.money_arrives),
        ),
    ),
    Stage(
        "What SAP will never take",
        (
            Scene("unsellable goods", in_shop.unsellable),
            Scene("goods that SAP does not know", in_shop.off_sale, ("stock_to_xcart",)),
        ),
    ),
    Stage(
        "Noon: customers change their minds",
        (
            Scene("an order is edited after it was handed over", in_shop.edited, ("order_change_to_sap",)),
            Scene(
                "an order is cancelled after it was handed over", in_shop.cancelled, ("order_change_to_sap",)
            ),
            Scene("a customer moves", in_shop.moved_house, ("profile_to_sap",)),
            Scene(
                "a customer tells SAP that they move", in_sap.partner_moves, ("business_partner_to_xcart",)
            ),
        ),
    ),
    Stage(
        "Afternoon: the goods leave the house",
        (
            Scene("Event Mesh stumbles", in_sap.bad_events, ("delivery_to_xcart",)),
            Scene("SAP delivers", in_sap.delivered, ("delivery_to_xcart", "stock_to_xcart")),
        ),
    ),
    Stage(
        "Invoices and money",
        (Scene("SAP sends invoices", in_sap.invoiced, ("invoice_to_xcart", "payment_to_sap")),),
    ),
    Stage("A refund", (Scene("a part of the money goes back", in_shop.refunded, ("refund_to_sap",)),)),
    Stage(
        "Evening: stock, prices and texts",
        (
            Scene("goods come into SAP's warehouse", in_sap.goods_arrive, ("stock_to_xcart",)),
            Scene("a price changes in SAP", in_sap.new_price, ("changed_prices",)),
            Scene("a text changes in SAP", in_sap.new_text, ("product_to_xcart",)),
            Scene("what runs at set times", in_sap.set_times),
        ),
    ),
)
