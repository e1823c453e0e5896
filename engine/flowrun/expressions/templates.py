"""Jinja2, held to a checked subset: `text:`, `when:`, `condition:`, `check:`, `message:`.

Data is never evaluated as a template; only what stands in the flow file is. What a template may contain is
decided by `template_subset`, what it means by `template_environment`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import Template, TemplateError, TemplateSyntaxError, nodes
from jinja2.parser import Parser

from flowrun.errors import Cause, Rejected
from flowrun.expressions.conversions import ConversionError, Setting
from flowrun.expressions.source import Complaint, ExpressionError, Source
from flowrun.expressions.template_environment import AbsentError, FlowEnvironment
from flowrun.expressions.template_filters import MAX_RESULT, CannotComputeError, budget, present
from flowrun.expressions.template_mistakes import syntax_complaint
from flowrun.expressions.template_names import chains, dotted_names
from flowrun.expressions.template_subset import MAX_DEPTH, complaints_about, depth_of, made_exact

MAX_LENGTH = 20_000


class Templates:
    """Compiles the templates and conditions of a project. `setting` is its time zone and country."""

    def __init__(self, setting: Setting | None = None) -> None:
        self.setting = setting or Setting()
        self._environment = FlowEnvironment(self.setting)

    def text(self, source: Source) -> Text:
        """A text with `{{ }}` in it. Raises `ExpressionError` with every mistake."""
        tree = self._parsed(source, lambda: Parser(self._environment, source.text).parse(), empty=True)
        return Text(source, tree, self._environment)

    def expression(self, source: Source) -> Expression:
        """A condition or computation without braces. Raises `ExpressionError` with every mistake."""
        if "{{" in source.text or "{%" in source.text:
            offset = source.text.find("{")
            hint = "take `{{` and `}}` away"
            raise _error("braces-in-expression", "an expression is written without braces", hint, offset, 2)
        tree = self._parsed(source, lambda: self._expression_tree(source.text), empty=False)
        return Expression(source, tree, self._environment)

    def _expression_tree(self, text: str) -> nodes.Template:
        parser = Parser(self._environment, text, state="variable")
        expression = parser.parse_expression()
        if not parser.stream.eos:
            token = parser.stream.current
            raise TemplateSyntaxError(f"unexpected {token.value!r}", token.lineno)
        return nodes.Template([nodes.Output([expression])], lineno=1)

    def _parsed(self, source: Source, parse: Callable[[], nodes.Template], *, empty: bool) -> nodes.Template:
        text = source.text
        if not empty and not text.strip():
            raise _error(
                "empty-expression", "the expression is empty", "write a condition such as order.total > 0"
            )
        if len(text) > MAX_LENGTH:
            raise _error(
                "expression-too-long",
                f"the expression has {len(text):,} characters, more than {MAX_LENGTH:,}",
            )
        try:
            tree = parse()
        except TemplateSyntaxError as error:
            raise ExpressionError([syntax_complaint(text, error)]) from error
        except RecursionError as error:
            raise _too_deep() from error
        if depth_of(tree) > MAX_DEPTH:
            raise _too_deep()
        complaints = complaints_about(tree, text)
        if complaints:
            raise ExpressionError(complaints)
        tree.set_environment(self._environment)
        return made_exact(tree)


def _error(code: str, message: str, hint: str = "", offset: int = 0, length: int = 1) -> ExpressionError:
    return ExpressionError([Complaint(code, message, offset, length, hint)])


def _too_deep() -> ExpressionError:
    return _error(
        "expression-too-deep", "the expression is nested too deeply", "split it into several `extract` steps"
    )


def _compiled(environment: FlowEnvironment, tree: nodes.Template) -> Template:
    try:
        return environment.from_string(tree)
    except (SyntaxError, RecursionError, MemoryError, TemplateError) as error:
        raise _too_deep() from error


_RUN_TIME = (
    TemplateError,
    ConversionError,
    TypeError,
    ValueError,
    ArithmeticError,
    LookupError,
    AttributeError,
    AssertionError,
    RecursionError,
    MemoryError,
)
"""What Jinja2's own filters raise when they meet values they were not made for."""


class _Template:
    """What `text:` and conditions share: the tree for the checks, the code for the run."""

    def __init__(self, source: Source, tree: nodes.Template) -> None:
        self.source = source
        self.tree = tree

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.source.text!r})"

    def names(self) -> tuple[str, ...]:
        """The dotted names it reads, in order."""
        return dotted_names(self.tree)

    def _rejected(self, error: BaseException, names: Mapping[str, Any]) -> Rejected:
        text = " ".join(self.source.text.split())
        shown = text if len(text) <= 80 else f"{text[:79]}…"
        reason = self._absent(error, names) if isinstance(error, AbsentError) else _in_words(error)
        return Rejected(
            f"{self.source.at()} `{shown}`: {reason}", Cause(code="expression", target=self.source.text)
        )

    def _absent(self, error: AbsentError, names: Mapping[str, Any]) -> str:
        """Names the path whose end is missing: the tree says which paths are read, the values where one
        breaks off."""
        for chain in chains(self.tree):
            value: Any = names
            for index, part in enumerate(chain):
                if index and value is error.owner and part == error.field:
                    owner = ".".join(chain[:index])
                    if value is None:
                        return f"`{owner}` is null, so it has no `{part}`"
                    return f"`{owner}` has no `{part}`"
                if not isinstance(value, Mapping) or part not in value:
                    break
                value = value[part]
        return error.message or "a value is absent"


def _in_words(error: BaseException) -> str:
    if isinstance(error, ConversionError | CannotComputeError):
        return str(error)
    if isinstance(error, ZeroDivisionError) or "Division" in type(error).__name__:
        return "a division by zero"
    if "not supported between" in str(error) or "can't compare" in str(error):
        return (
            "values of different kinds are compared by `<` or `>`; a conversion such as `| "
            "decimal` makes them alike"
        )
    if isinstance(error, ValueError) and "digits" in str(error):
        return str(error)
    return "the values cannot be computed with"


class Text(_Template):
    """A compiled `text:`."""

    def __init__(self, source: Source, tree: nodes.Template, environment: FlowEnvironment) -> None:
        super().__init__(source, tree)
        self._template = _compiled(environment, tree)

    def render(self, names: Mapping[str, Any]) -> str:
        """The text with its values filled in. Raises `Rejected` when a value is absent or cannot be
        written."""
        pieces: list[str] = []
        size = 0
        try:
            with budget():
                for piece in self._template.root_render_func(self._template.new_context(dict(names))):
                    size += len(piece)
                    if size > MAX_RESULT:
                        raise CannotComputeError(f"the text has more than {MAX_RESULT:,} characters")
                    pieces.append(piece)
        except _RUN_TIME as error:
            raise self._rejected(error, names) from error
        return "".join(pieces)


class Expression(_Template):
    """A compiled condition or computation. `value` keeps the type: a number stays a Decimal."""

    def __init__(self, source: Source, tree: nodes.Template, environment: FlowEnvironment) -> None:
        super().__init__(source, tree)
        output = tree.body[0]
        assert isinstance(output, nodes.Output)  # noqa: S101 - made by Templates.expression just above
        assignment = nodes.Assign(nodes.Name(_RESULT, "store"), output.nodes[0], lineno=1)
        self._template = _compiled(environment, nodes.Template([assignment], lineno=1))

    def value(self, names: Mapping[str, Any]) -> Any:
        """What the expression gives. Raises `Rejected` when a value is absent or of the wrong kind."""
        try:
            with budget():
                context = self._template.new_context(dict(names))
                for _ in self._template.root_render_func(context):
                    pass
                return _plain(context.vars[_RESULT])
        except _RUN_TIME as error:
            raise self._rejected(error, names) from error

    def test(self, names: Mapping[str, Any]) -> bool:
        """Whether the condition holds."""
        return bool(self.value(names))


_RESULT = "_result"
"""No step can be called so; the result hides no name of the flow."""


def _plain(value: Any) -> Any:
    """A result as data: no absent value hides in it, and a group of `groupby` is a record."""
    present(value)
    match value:
        case list():
            return [_plain(item) for item in value]
        case tuple() if hasattr(value, "grouper"):
            return {"grouper": _plain(value[0]), "list": _plain(value[1])}
        case tuple():
            return [_plain(item) for item in value]
        case _:
            return value
