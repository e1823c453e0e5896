"""Jinja2, held to a checked subset: `text:`, `when:`, `condition:`, `check:`, `message:`.

Data is never evaluated as a template; only what stands in the flow file is. What a template may do is decided by
`template_subset`; this module gives that subset its meaning: a dot reads a field and nothing else, numbers are exact,
an absent value is an error instead of an empty text.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, Undefined, UndefinedError, nodes
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from flowrun.errors import Cause, Rejected
from flowrun.expressions.conversions import CONVERSIONS, Conversion, ConversionError, Setting
from flowrun.expressions.source import Complaint, ExpressionError, Source
from flowrun.expressions.template_subset import (
    ALLOWED_FILTERS,
    ALLOWED_TESTS,
    complaints_about,
    exact_numbers,
)

MAX_LENGTH = 20_000
MAX_RESULT = 1_000_000
"""Characters one `text:` may give. SAP's and X-Cart's longest texts are far below."""

_ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}


class _CannotCompute(TypeError):
    """An operator met values it does not take. Becomes a `Rejected` that names the expression."""


class _Environment(ImmutableSandboxedEnvironment):
    """Jinja2 as flows see it. One for each project setting, since filters convert in the project's time zone."""

    intercepted_binops = frozenset(_ARITHMETIC)

    def __init__(self, setting: Setting) -> None:
        super().__init__(
            undefined=StrictUndefined, autoescape=False, finalize=_shown, keep_trailing_newline=True
        )
        self.globals.clear()
        built_in = self.filters
        self.filters = {name: built_in[name] for name in ALLOWED_FILTERS if name in built_in}
        self.filters |= {"round": _round, "sum": _sum, "exact": Decimal}
        self.filters |= {name: _as_filter(conversion, setting) for name, conversion in CONVERSIONS.items()}
        self.tests = {name: self.tests[name] for name in ALLOWED_TESTS}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A dot reads a field. Never a method: `order.items` is the list under `items`."""
        if isinstance(obj, Mapping):
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        if type(obj).__name__ in {"LoopContext", "AsyncLoopContext"} and not attribute.startswith("_"):
            return getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Mapping) and isinstance(argument, str):
            return self.getattr(obj, argument)
        if isinstance(obj, list | tuple | str) and isinstance(argument, int | slice):
            try:
                return obj[argument]
            except IndexError:
                return self.undefined(obj=obj, name=argument)
        return self.undefined(obj=obj, name=argument)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        return _computed(operator, left, right)


def _computed(sign: str, left: Any, right: Any) -> Any:
    """`+` adds numbers and joins texts and lists; the other signs take numbers only, and answer exactly."""
    for value in (left, right):
        if isinstance(value, Undefined):
            str(value)  # raises with the name that is missing
    if _is_number(left) and _is_number(right):
        return _ARITHMETIC[sign](Decimal(left), Decimal(right))
    if sign == "+" and type(left) is type(right) and isinstance(left, str | list):
        return left + right
    joined = "; texts and numbers are joined by `~`" if sign == "+" else ""
    raise _CannotCompute(f"`{sign}` takes numbers, but got {_kind(left)} and {_kind(right)}{joined}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case str():
            return "a text"
        case list():
            return "a list"
        case dict():
            return "a record"
        case int() | Decimal():
            return "a number"
        case _:
            return type(value).__name__


def _shown(value: Any) -> Any:
    """How a value is written into a text: numbers without exponent, dates as ISO, null as nothing."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case date():
            return value.isoformat()
        case list() | dict():
            raise _CannotCompute(
                f"{_kind(value)} cannot be written into a text; pick one of its fields, or `| join`"
            )
        case _:
            return value


def _round(value: Any, digits: int = 0) -> Decimal:
    """Half up, as SAP and tax offices round. Jinja2's own would make a float."""
    if not _is_number(value):
        raise _CannotCompute(f"`round` takes a number, but got {_kind(value)}")
    return Decimal(value).quantize(Decimal(1).scaleb(-digits), rounding="ROUND_HALF_UP")


def _sum(values: Any, attribute: str | None = None) -> Decimal:
    """The exact sum of numbers, or of one field of each record. Of nothing: 0. Null counts as absent and is refused."""
    total = Decimal(0)
    for value in values:
        number = value.get(attribute) if attribute is not None and isinstance(value, Mapping) else value
        if not _is_number(number):
            raise _CannotCompute(
                f"`sum` takes numbers, but got {_kind(number)}" + (f" in `{attribute}`" if attribute else "")
            )
        total += Decimal(number)
    return total


def _as_filter(conversion: Conversion, setting: Setting) -> Callable[..., Any]:
    def apply(value: Any, *arguments: Any) -> Any:
        if isinstance(value, Undefined):
            str(value)  # raises with the name that is missing
        return conversion.function(value, *arguments, setting=setting)

    apply.__name__ = conversion.name
    return apply


class Templates:
    """Compiles the templates and conditions of a project. `setting` is its time zone and country."""

    def __init__(self, setting: Setting | None = None) -> None:
        self._environment = _Environment(setting or Setting())

    def text(self, source: Source) -> Text:
        """A text with `{{ }}` in it. Raises `ExpressionError` with every mistake."""
        tree = self._parsed(source, lambda: self._environment.parse(source.text))
        return Text(source, tree, self._environment)

    def expression(self, source: Source) -> Expression:
        """A condition or computation without braces. Raises `ExpressionError` with every mistake."""
        if "{{" in source.text or "{%" in source.text:
            raise ExpressionError(
                [
                    Complaint(
                        "braces-in-expression",
                        "an expression is written without braces",
                        source.text.find("{"),
                        2,
                        "take `{{` and `}}` away",
                    )
                ]
            )

        def parse() -> nodes.Template:
            parser = Parser(self._environment, source.text, state="variable")
            expression = parser.parse_expression()
            if not parser.stream.eos:
                raise TemplateSyntaxError(
                    f"unexpected {parser.stream.current.value!r}", parser.stream.current.lineno
                )
            return nodes.Template([nodes.Output([expression])], lineno=1)

        return Expression(source, self._parsed(source, parse), self._environment)

    def _parsed(self, source: Source, parse: Callable[[], nodes.Template]) -> nodes.Template:
        if not source.text.strip():
            raise ExpressionError([Complaint("empty-expression", "the expression is empty", 0, 1)])
        if len(source.text) > MAX_LENGTH:
            raise ExpressionError(
                [Complaint("expression-too-long", f"the expression has {len(source.text)} characters", 0, 1)]
            )
        try:
            tree = parse()
        except TemplateSyntaxError as error:
            raise ExpressionError([_syntax_complaint(source.text, error)]) from error
        except RecursionError as error:
            raise ExpressionError(
                [Complaint("expression-too-deep", "the expression is nested too deeply", 0, 1)]
            ) from error
        complaints = complaints_about(tree, source.text, self._environment.filters, self._environment.tests)
        if complaints:
            raise ExpressionError(complaints)
        tree = exact_numbers(tree)
        tree.set_environment(self._environment)
        return tree


def _syntax_complaint(text: str, error: TemplateSyntaxError) -> Complaint:
    lines = text.splitlines(keepends=True)
    offset = sum(len(line) for line in lines[: error.lineno - 1])
    reason = (error.message or "").strip().removesuffix(".")
    hint = ""
    if "'='" in reason or "'=': " in reason or "got '='" in reason:
        hint, offset = "two values are compared with `==`", max(text.find("="), 0)
    elif "&&" in text:
        hint, offset = "write `and`", text.find("&&")
    elif "||" in text:
        hint, offset = "write `or`", text.find("||")
    return Complaint("bad-expression", f"`{text.strip()[:60]}` cannot be read: {reason}", offset, 1, hint)


class _Compiled:
    """What `text:` and conditions share: the tree for the checks, the code for the run."""

    def __init__(self, source: Source, tree: nodes.Template, environment: _Environment) -> None:
        self.source = source
        self.tree = tree
        self._environment = environment

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.source.text!r})"

    def _rejected(self, error: Exception) -> Rejected:
        reason = _in_words(error)
        return Rejected(
            f"{self.source.at()} `{self.source.text.strip()[:80]}`: {reason}",
            Cause(code="expression", target=self.source.text),
        )

    def names(self) -> tuple[str, ...]:
        """The dotted names it reads, in order."""
        from flowrun.expressions.template_names import dotted_names  # noqa: PLC0415 - it reads our types

        return dotted_names(self.tree)


def _in_words(error: Exception) -> str:
    if isinstance(error, UndefinedError):
        return (
            str(error.message)
            .replace("'dict object' has no attribute", "there is no field")
            .replace("'None' has no attribute", "it is null, so there is no field")
        )
    if isinstance(error, ConversionError | _CannotCompute):
        return str(error)
    if isinstance(error, ZeroDivisionError) or "DivisionByZero" in type(error).__name__:
        return "a division by zero"
    return "the values cannot be computed with"


_RUN_TIME = (TemplateError, ConversionError, TypeError, ValueError, ArithmeticError, RecursionError)


class Text(_Compiled):
    """A compiled `text:`."""

    def __init__(self, source: Source, tree: nodes.Template, environment: _Environment) -> None:
        super().__init__(source, tree, environment)
        self._template = environment.from_string(tree)

    def render(self, names: Mapping[str, Any]) -> str:
        """The text with its values filled in. Raises `Rejected` when a value is absent or cannot be written."""
        try:
            text = self._template.render(names)
        except _RUN_TIME as error:
            raise self._rejected(error) from error
        if len(text) > MAX_RESULT:
            raise self._rejected(
                _CannotCompute(f"the text has {len(text):,} characters, more than {MAX_RESULT:,}")
            )
        return text


class Expression(_Compiled):
    """A compiled condition or computation. `value` keeps the type: a number stays a Decimal."""

    def __init__(self, source: Source, tree: nodes.Template, environment: _Environment) -> None:
        super().__init__(source, tree, environment)
        output = tree.body[0]
        assert isinstance(output, nodes.Output)  # noqa: S101 - made by Templates.expression just above
        assignment = nodes.Assign(nodes.Name("result", "store"), output.nodes[0], lineno=1)
        self._template = environment.from_string(nodes.Template([assignment], lineno=1))

    def value(self, names: Mapping[str, Any]) -> Any:
        """What the expression gives. Raises `Rejected` when a value is absent or of the wrong kind."""
        try:
            context = self._template.new_context(dict(names))
            for _ in self._template.root_render_func(context):
                pass
            result = context.vars["result"]
            if isinstance(result, Undefined):
                str(result)  # raises with the name that is missing
        except _RUN_TIME as error:
            raise self._rejected(error) from error
        return result

    def test(self, names: Mapping[str, Any]) -> bool:
        """Whether the condition holds."""
        return bool(self.value(names))
