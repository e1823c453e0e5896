"""How an invoice is taxed: as a merchant has it set up who sells as the shop does.

The United States (sales organization 1710) put 8 % on top of the goods and not of the freight; elsewhere 19 % are
inside the prices. Tax conditions that an order was sent with come on top of everything, at their own rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from mocksap import documents, money

from flowrun_sandbox.sap import rows
from flowrun_sandbox.sap.rows import Connection, Row

TAX_CONDITIONS = ("MW", "TTX")
FREIGHT = "HM"
_UNITED_STATES = "1710"


@dataclass(frozen=True)
class Taxes:
    """How prices are taxed: a rate, on top of them or inside, and whether freight is taxed."""

    rate: Decimal
    inside: bool
    of_freight: bool = True

    def split(self, amount: Decimal, *, freight: bool = False) -> tuple[Decimal, Decimal]:
        """The net amount and the tax of a price, not rounded where tax is worked out of the whole."""
        if freight and not self.of_freight:
            return amount, Decimal(0)
        if self.inside:
            tax = money.at(amount * self.rate / (1 + self.rate))
            return amount - tax, tax
        return amount, money.at(amount * self.rate)

    def rounded(self, net: Decimal, tax: Decimal) -> tuple[Decimal, Decimal]:
        """In whole cents; prices that hold their tax add up to what they were."""
        cents = Decimal("0.01")
        if self.inside:
            whole = (net + tax).quantize(cents, ROUND_HALF_UP)
            return whole - tax.quantize(cents, ROUND_HALF_UP), tax.quantize(cents, ROUND_HALF_UP)
        return net.quantize(cents, ROUND_HALF_UP), tax.quantize(cents, ROUND_HALF_UP)


def of_order(conn: Connection, order: Row) -> Taxes:
    """As the order was sent, or as the country of the sales organization has it."""
    sent = _rate_sent(conn, order)
    if sent:
        return Taxes(sent, inside=False)
    if order["SalesOrganization"] == _UNITED_STATES:
        return Taxes(Decimal("0.08"), inside=False, of_freight=False)
    return Taxes(Decimal(documents.TAX_RATE), inside=True)


def _rate_sent(conn: Connection, order: Row) -> Decimal:
    """The taxes the order was sent with as a share of its net amount."""
    taxes = Decimal(0)
    for table in ("A_SalesOrderItemPrElement", "A_SalesOrderHeaderPrElement"):
        for row in rows.many(conn, table, SalesOrder=order["SalesOrder"]):
            if row["ConditionType"].startswith(TAX_CONDITIONS):
                taxes += money.of(row["ConditionAmount"])
    net: Decimal = money.of(order["TotalNetAmount"])
    return taxes / net if taxes and net else Decimal(0)
