"""Step kind: a long list, page after page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from flowrun.component.config import field
from flowrun.component.step import (
    Instruction,
    Known,
    NewName,
    OperationStep,
    StepKind,
    Steps,
)
from flowrun.component.step import (
    Pages as ReadPages,
)
from flowrun.expressions.scope import Scope
from flowrun.expressions.shapes import ANYTHING, INTEGER, Many, Shape, record


class Pages(StepKind):
    """Reads a long list page after page, and does the same steps for each page before the next one is read.

    So a hundred thousand rows need no more memory than one page. What was done for a page is done for good:
    after a crash or an outage the run goes on with the page it was at. The result says how many `pages` and
    `rows` there were.
    """

    name: ClassVar[str] = "pages"
    words: ClassVar[str] = "Reads a long list page after page: {pages} For each page (`{as}`): {steps}"
    example: ClassVar[str] = """
    - id: products
      pages: {xcart.list_products: {}}
      as: products
      steps:
        - id: named
          check: products | rejectattr('name') | list | length == 0
          message: a product has no name
    """
    acts: ClassVar[bool] = True
    gives: ClassVar[Shape] = record("pages", pages=INTEGER, rows=INTEGER)

    pages: OperationStep = field(
        description="The operation that lists the rows. `flowrun connectors` tells which give pages.",
        examples=[{"sap.list": {"service": "API_PRODUCT_SRV", "entity": "A_Product"}}],
    )
    as_: NewName = field(
        description="The name under which the steps see the rows of one page.", examples=["products"]
    )
    steps: Steps = field(description="What is done for each page.")

    def decide(self, scope: Scope) -> Instruction:
        """The list, with its parameters filled in."""
        return ReadPages(self.pages.call(scope), self.as_, self.steps)

    def inner_names(self, known: Known) -> Mapping[str, Shape]:
        """The rows, under the name that the flow gives them."""
        return {self.as_: self.pages.result if isinstance(self.pages.result, Many) else ANYTHING}
