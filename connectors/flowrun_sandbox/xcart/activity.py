"""The storefront as a task: steps at their time, told to who subscribed, ended at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from flowrun_sandbox.xcart.hooks import Courier
from flowrun_sandbox.xcart.shop import Shop
from flowrun_sandbox.xcart.storefront import Activity, Storefront


class Bustle:
    """One storefront at a time. ``state`` tells what it did, also after its end."""

    def __init__(self) -> None:
        self._storefront: Storefront | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self, shop_now: Callable[[], Shop], courier: Courier, activity: Activity) -> None:
        """Goes on until ``stop``, or to the activity's limit. Another one takes the place of the last."""
        self.stop()
        seed = shop_now().seed if activity.seed is None else activity.seed
        self._storefront = Storefront(activity, seed)
        self._task = asyncio.create_task(_go_on(self._storefront, shop_now, courier))

    def stop(self) -> None:
        """No step begins after this."""
        if self._task is not None:
            self._task.cancel()
        self._task = None

    def state(self) -> dict[str, object]:
        """Whether it goes on, what was done, and what found nothing to do."""
        storefront = self._storefront
        ended = self._task is not None and self._task.done()
        error = self._task.exception() if ended and self._task and not self._task.cancelled() else None
        return {
            "running": self._task is not None and not ended,
            "failed": repr(error) if error else None,
            "done": storefront.done if storefront else {},
            "idle": storefront.idle if storefront else {},
        }


async def _go_on(storefront: Storefront, shop_now: Callable[[], Shop], courier: Courier) -> None:
    """By the clock and not by pauses, so that the rate holds although steps take their time."""
    clock = asyncio.get_running_loop()
    pause = 60 / sum(storefront.activity.rates().values())
    due, steps = clock.time(), 0
    while not storefront.activity.limit or steps < storefront.activity.limit:
        shop = shop_now()
        storefront.step(shop)
        steps += 1
        await courier.carry(shop)
        due += pause
        await asyncio.sleep(max(0.0, due - clock.time()))
