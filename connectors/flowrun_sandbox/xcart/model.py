"""What the shop's database holds. Money is Decimal, moments are UTC to the second."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from flowrun_sandbox.xcart.statuses import Status


@dataclass
class Address:
    """An address of a profile, or an order's frozen copy of one. One street line; a number for the state."""

    id: int
    firstname: str
    lastname: str
    street: str
    zipcode: str
    city: str
    country_code: str
    phone: str = ""
    title: str = ""
    state: int | None = None
    state_name: str = ""
    type: str = ""
    is_billing: bool = True
    is_shipping: bool = True
    is_work: bool = False
    custom_fields: dict[str, str] = field(default_factory=dict)


@dataclass
class Surcharge:
    """Discount (negative), shipping or tax of a whole order. ``include``: already inside the prices."""

    id: int
    type: str
    code: str
    class_: str
    value: Decimal
    name: str
    weight: int
    include: bool = False


@dataclass
class OrderItem:
    """One line. The SKU is frozen at checkout; the name shown is the product's current one."""

    id: int
    product_id: int | None
    sku: str
    name: str
    price: Decimal
    amount: int
    update_date: datetime
    variant: int | None = None
    discounted_subtotal: Decimal = Decimal(0)


@dataclass
class BackendTransaction:
    """What the gateway answered. Status S is success; everything else took no money."""

    id: int
    type: str
    date: datetime
    status: str
    value: Decimal


@dataclass
class Transaction:
    """One payment attempt."""

    id: int
    public_id: str
    public_txn_id: str
    method_id: int
    method: str
    type: str
    date: datetime
    currency: str
    value: Decimal
    data: dict[str, str] = field(default_factory=dict)
    backend: list[BackendTransaction] = field(default_factory=list)


@dataclass
class HistoryEvent:
    """A line of the order's history, the only place where an operator's edit is named."""

    id: int
    date: datetime
    code: str
    description: str
    data: dict[str, object]
    operator: bool = False


@dataclass
class Tracking:
    """A parcel's number."""

    id: int
    date: datetime
    value: str


@dataclass
class Image:
    """A picture by its address; the sandbox keeps no bytes."""

    id: int
    url: str
    position: int = 0
    alt: str = ""


@dataclass
class Order:
    """An order, or a cart: both draw their id from one counter, only an order has a number."""

    id: int
    order_number: str | None
    email: str
    currency: str
    create_date: datetime
    update_date: datetime
    payment_status: Status
    shipping_status: Status
    items: list[OrderItem] = field(default_factory=list)
    surcharges: list[Surcharge] = field(default_factory=list)
    billing_address: Address | None = None
    shipping_address: Address | None = None
    customer_id: int | None = None
    order_profile_id: int | None = None
    shipping_id: int | None = None
    shipping_method_name: str | None = None
    notes: str = ""
    admin_notes: str = ""
    stock_status: str = ""
    sub_total: Decimal = Decimal(0)
    total: Decimal = Decimal(0)
    discount_percent: Decimal = Decimal(0)
    tax_percent: Decimal = Decimal(0)
    tracking: list[Tracking] = field(default_factory=list)
    coupons: list[dict[str, object]] = field(default_factory=list)
    transactions: list[Transaction] = field(default_factory=list)
    details: list[dict[str, object]] = field(default_factory=list)
    history: list[HistoryEvent] = field(default_factory=list)


@dataclass
class WholesalePrice:
    """A price from a quantity on, for everybody or for one membership."""

    id: int
    price: Decimal
    quantity_range_begin: int = 1
    type: str = "price"
    membership: int | None = None


@dataclass
class Variant:
    """A ``default_*`` of true means the product's own value counts and this one is idle."""

    id: int
    sku: str | None
    price: Decimal
    amount: int
    weight: Decimal
    default_price: bool = True
    default_amount: bool = False
    default_weight: bool = True
    default_variant: bool = False
    image: dict[str, object] | None = None
    attribute_select_values: list[int] = field(default_factory=list)
    wholesale_prices: dict[int, WholesalePrice] = field(default_factory=dict)


@dataclass
class Product:
    """A product. Class, tax class and memberships go in by name and come out as objects."""

    id: int
    sku: str
    name: str
    price: Decimal
    amount: int
    create_date: datetime
    update_date: datetime
    arrival_date: datetime
    texts: dict[str, str] = field(default_factory=dict)
    german: dict[str, str] = field(default_factory=dict)
    weight: Decimal = Decimal(0)
    width: Decimal = Decimal(0)
    length: Decimal = Decimal(0)
    height: Decimal = Decimal(0)
    enabled: bool = True
    free_shipping: bool = False
    taxable: bool = True
    inventory_traceable: bool = True
    product_class: str | None = None
    tax_class: str | None = None
    memberships: list[str] = field(default_factory=list)
    clean_url: str = ""
    separate_box: bool = False
    images: dict[int, Image] = field(default_factory=dict)
    variants: dict[int, Variant] = field(default_factory=dict)
    wholesale_prices: dict[int, WholesalePrice] = field(default_factory=dict)


@dataclass
class Category:
    """A category. What is in it is known here, and not by the product."""

    id: int
    name: str
    parent: int | None = None
    position: int = 0
    enabled: bool = True
    show_title: bool = True
    memberships: list[str] = field(default_factory=list)
    clean_url: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    products: list[int] = field(default_factory=list)


@dataclass
class Hook:
    """Somebody who wants to be told of an event, or of all (``*``), and how to prove who tells it.

    ``{event}`` in the URL becomes the event's name.
    """

    id: int
    url: str
    event: str = "*"
    secret: str = ""
    secret_header: str = "X-Flowrun-Secret"  # noqa: S105 - the name of a header
    signing_key: str = ""
    signature_header: str = "X-Signature"


@dataclass
class Profile:
    """An account. A guest's is one too; in 5.5 only the missing first login tells them apart."""

    id: int
    login: str
    create_date: datetime
    anonymous: bool = False
    access_level: int = 0
    first_login_date: datetime | None = None
    last_login_date: datetime | None = None
    status: str = "E"
    status_comment: str = ""
    language: str = "en"
    membership_id: int | None = None
    pending_membership_id: int | None = None
    force_change_password: bool = False
    addresses: dict[int, Address] = field(default_factory=dict)
