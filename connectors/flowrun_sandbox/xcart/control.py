"""``/_sandbox``: what shoppers, operators and bad luck do. No token; no part of X-Cart.

- orders and customers on command: ``orders_control``
- ``GET | POST | DELETE /_sandbox/activity``: a storefront that goes on by itself
- ``GET | POST /_sandbox/hooks``, ``DELETE /_sandbox/hooks/{id}``, ``GET /_sandbox/deliveries``
- ``GET | POST | DELETE /_sandbox/faults``, ``GET | POST /_sandbox/settings``
- ``GET /_sandbox/state``, ``/requests``, ``/emails``, ``/health``; ``POST /_sandbox/reset``
- ``POST /_sandbox/catalogue`` ``{"products": 100000}``: that many more, made when they are looked at
"""

from __future__ import annotations

from collections import Counter

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from flowrun_sandbox.faults import Faults
from flowrun_sandbox.xcart import orders_control
from flowrun_sandbox.xcart.activity import Bustle
from flowrun_sandbox.xcart.control_wire import decode, json_answer
from flowrun_sandbox.xcart.faulty import XCartRule
from flowrun_sandbox.xcart.hooks import Courier
from flowrun_sandbox.xcart.model import Hook
from flowrun_sandbox.xcart.orders_api import shop_of
from flowrun_sandbox.xcart.seed import fresh_shop
from flowrun_sandbox.xcart.shop import Settings
from flowrun_sandbox.xcart.storefront import Activity
from flowrun_sandbox.xcart.wire import Refused

FIRST_BULK_PRODUCT = 1_000_001


class Subscription(msgspec.Struct, forbid_unknown_fields=True):
    """Who wants to be told. The event ``*`` is all of them; ``{event}`` in the URL becomes its name."""

    url: str
    event: str = "*"
    secret: str = ""
    secret_header: str = "X-Flowrun-Secret"  # noqa: S105 - the name of a header
    signing_key: str = ""
    signature_header: str = "X-Signature"

    def __post_init__(self) -> None:
        if not self.url.startswith("http://"):
            raise ValueError("url starts with http://, as receivers are on loopback")
        if not f"{self.secret}{self.secret_header}{self.signature_header}".isascii():
            raise ValueError("what goes into a header is plain ASCII")


class Catalogue(msgspec.Struct, forbid_unknown_fields=True):
    """How many products to add to those of the start; another wish takes the place of the last."""

    products: int

    def __post_init__(self) -> None:
        if not 0 <= self.products <= 10_000_000:
            raise ValueError("products is 0 to 10000000")


class Reset(msgspec.Struct, forbid_unknown_fields=True):
    """A new beginning, with another seed if one is given."""

    seed: int | None = None


def routes() -> list[Route]:
    """The control plane."""
    return [
        *orders_control.routes(),
        Route("/activity", read_activity, methods=["GET"]),
        Route("/activity", start_activity, methods=["POST"]),
        Route("/activity", stop_activity, methods=["DELETE"]),
        Route("/hooks", list_hooks, methods=["GET"]),
        Route("/hooks", add_hook, methods=["POST"]),
        Route("/hooks/{id:int}", remove_hook, methods=["DELETE"]),
        Route("/deliveries", list_deliveries, methods=["GET"]),
        Route("/catalogue", fill_catalogue, methods=["POST"]),
        Route("/state", read_state, methods=["GET"]),
        Route("/faults", list_faults, methods=["GET"]),
        Route("/faults", add_fault, methods=["POST"]),
        Route("/faults", clear_faults, methods=["DELETE"]),
        Route("/settings", read_settings, methods=["GET"]),
        Route("/settings", change_settings, methods=["POST"]),
        Route("/requests", list_requests, methods=["GET"]),
        Route("/emails", list_emails, methods=["GET"]),
        Route("/reset", reset, methods=["POST"]),
        Route("/health", health, methods=["GET"]),
    ]


async def read_activity(request: Request) -> Response:
    """What the storefront did."""
    return json_answer(_bustle(request).state())


async def start_activity(request: Request) -> Response:
    """From now on things happen by themselves."""
    app, activity = request.app, decode(await request.body() or b"{}", Activity)
    _bustle(request).start(lambda: app.state.shop, app.state.courier, activity)
    return json_answer(_bustle(request).state(), 201)


async def stop_activity(request: Request) -> Response:
    """At once; what was done is told."""
    _bustle(request).stop()
    return json_answer(_bustle(request).state())


async def list_hooks(request: Request) -> Response:
    """Who is told. Their secrets are not."""
    rows = shop_of(request).hooks.values()
    return json_answer([{"id": row.id, "url": row.url, "event": row.event} for row in rows])


async def add_hook(request: Request) -> Response:
    """One more subscriber. The shop tells nobody before the setting ``webhooks`` is on."""
    shop, said = shop_of(request), decode(await request.body(), Subscription)
    row = Hook(shop.next_id("hook"), **msgspec.structs.asdict(said))
    shop.hooks[row.id] = row
    return json_answer({"id": row.id, "url": row.url, "event": row.event}, 201)


async def remove_hook(request: Request) -> Response:
    """One subscriber less."""
    gone = shop_of(request).hooks.pop(request.path_params["id"], None)
    return json_answer({"removed": gone is not None})


async def list_deliveries(request: Request) -> Response:
    """What was sent to whom, and what came back."""
    return json_answer(request.app.state.courier.log)


async def fill_catalogue(request: Request) -> Response:
    """A large catalogue at no cost."""
    shop, wish = shop_of(request), decode(await request.body(), Catalogue)
    shop.products.fill(wish.products, FIRST_BULK_PRODUCT)
    return json_answer({"products": len(shop.products)}, 201)


async def read_state(request: Request) -> Response:
    """How the shop stands, in numbers."""
    shop = shop_of(request)
    pairs = Counter(f"{row.payment_status.code}/{row.shipping_status.code}" for row in shop.placed_orders())
    return json_answer(
        {
            "orders": dict(pairs),
            "carts": len(shop.carts()),
            "profiles": len(shop.profiles),
            "products": len(shop.products),
            "stock": shop.stock(),
            "emails": len(shop.emails),
            "requests": len(request.app.state.requests),
            "deliveries": len(request.app.state.courier.log),
            "activity": _bustle(request).state(),
        }
    )


async def list_faults(request: Request) -> Response:
    """The rules in force."""
    return json_answer(_faults(request).listed())


async def add_fault(request: Request) -> Response:
    """One more rule."""
    try:
        return json_answer(_faults(request).add(await request.body()), 201)
    except msgspec.MsgspecError as error:
        raise Refused(400, str(error)) from error


async def clear_faults(request: Request) -> Response:
    """All rules go."""
    return json_answer({"cleared": _faults(request).clear()})


async def read_settings(request: Request) -> Response:
    """The settings."""
    return json_answer(shop_of(request).settings)


async def change_settings(request: Request) -> Response:
    """Changes what is sent."""
    shop = shop_of(request)
    sent = decode(await request.body(), dict[str, object])
    try:
        shop.settings = msgspec.convert(msgspec.to_builtins(shop.settings) | sent, Settings)
    except msgspec.ValidationError as error:
        raise Refused(400, str(error)) from error
    return json_answer(shop.settings)


async def list_requests(request: Request) -> Response:
    """What the API was asked, oldest first."""
    return json_answer(request.app.state.requests)


async def list_emails(request: Request) -> Response:
    """What the shop wrote to whom."""
    return json_answer(shop_of(request).emails)


async def reset(request: Request) -> Response:
    """A fresh shop; rules, logs and subscribers go too, and the storefront stops."""
    wish = decode(await request.body() or b"{}", Reset)
    seed = shop_of(request).seed if wish.seed is None else wish.seed
    _bustle(request).stop()
    request.app.state.courier.stop()
    request.app.state.courier = Courier(seed)
    request.app.state.shop = fresh_shop(seed)
    request.app.state.requests.clear()
    _faults(request).clear()
    return json_answer({"reset": True, "seed": seed})


async def health(request: Request) -> Response:
    """Up, and how full."""
    shop = shop_of(request)
    return json_answer({"status": "up", "orders": len(shop.placed_orders()), "seed": shop.seed})


def _bustle(request: Request) -> Bustle:
    found: Bustle = request.app.state.bustle
    return found


def _faults(request: Request) -> Faults[XCartRule]:
    found: Faults[XCartRule] = request.app.state.faults
    return found
