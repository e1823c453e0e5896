"""Jinja2 as flows see it: a dot reads a field and nothing else, numbers are exact, an absent value is an
error."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import StrictUndefined, TemplateRuntimeError
from jinja2.lexer import Lexer
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from flowrun.expressions.conversions import CONVERSIONS, Setting
from flowrun.expressions.exact import as_whole
from flowrun.expressions.template_filters import (
    HIDDEN,
    OWN,
    as_filter,
    computed,
    guarded,
    kind_of,
    shown,
    signed,
)
from flowrun.expressions.template_lexer import lexer_of

FILTERS = frozenset({
    "abs", "capitalize", "count", "d", "default", "first", "groupby", "join", "last", "length", "list",
    "map", "max", "min", "reject", "rejectattr", "replace", "reverse", "round", "select", "selectattr",
    "sort", "string", "sum", "sum_by", "title", "truncate", "unique", "wordcount",
})  # fmt: skip
TESTS = frozenset({
    "defined", "undefined", "none", "boolean", "true", "false", "string", "number", "integer", "mapping",
    "sequence", "in", "even", "odd", "divisibleby", "eq", "equalto", "==", "ne", "!=", "lt", "<",
    "lessthan", "le", "<=", "gt", ">", "greaterthan", "ge", ">=", "upper", "lower",
})  # fmt: skip
_MOST = 1_000  # as many arguments as any filter takes


class AbsentError(TemplateRuntimeError):
    """A name or field that is not there was used. `owner` is the value that should have had it."""

    def __init__(self, message: str, owner: Any, field: Any) -> None:
        super().__init__(message)
        self.owner = owner
        self.field = field


class _Absent(StrictUndefined):
    """Stands for a value that is not there: it can be tested and defaulted; every other use raises
    `AbsentError`."""

    __slots__ = ()

    def _fail_with_undefined_error(self, *_arguments: Any, **_options: Any) -> Any:
        owner, field = self._undefined_obj, self._undefined_name
        if self._undefined_hint:
            raise AbsentError(_hint_in_words(self._undefined_hint), None, None)
        if owner is missing:
            raise AbsentError(f"`{field}` does not exist", None, None)
        raise AbsentError(f"{kind_of(owner)} has no `{field}`", owner, field)

    __iter__ = __str__ = __len__ = _fail_with_undefined_error
    __eq__ = __ne__ = __bool__ = __hash__ = __contains__ = _fail_with_undefined_error
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _fail_with_undefined_error
    __lt__ = __le__ = __gt__ = __ge__ = __getitem__ = _fail_with_undefined_error


def _hint_in_words(hint: str) -> str:
    if "inline if" in hint:
        return "the `if` does not hold, and there is no `else`"
    if hint.startswith(("No first", "No last", "No aggregated")):
        return "the list is empty, so it has no first, last, smallest or largest item"
    return hint


class FlowEnvironment(ImmutableSandboxedEnvironment):
    """One for each project setting, since filters convert in the project's time zone."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%"})
    intercepted_unops = frozenset({"-", "+"})

    def __init__(self, setting: Setting) -> None:
        super().__init__(undefined=_Absent, autoescape=False, finalize=shown, keep_trailing_newline=True)
        self.globals.clear()
        functions: dict[str, Callable[..., Any]] = {name: self.filters[name] for name in FILTERS - OWN.keys()}
        functions |= {**OWN, **HIDDEN}
        functions |= {name: as_filter(conversion, setting) for name, conversion in CONVERSIONS.items()}
        self.filters = {name: guarded(name, function) for name, function in functions.items()}
        self.tests = {name: self.tests[name] for name in TESTS}
        self._lexer = lexer_of(self)

    @property
    def lexer(self) -> Lexer:
        """A lexer that knows places."""
        return self._lexer

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A dot reads a field. Never a method: `order.items` is the list under `items`."""
        if isinstance(obj, _Absent):
            # The first name that is missing is the one to tell, and `default` fills in for all behind it.
            return obj
        if isinstance(obj, Mapping):
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        if isinstance(obj, LoopContext) and attribute in LOOP:
            return getattr(obj, attribute)
        if isinstance(obj, tuple) and attribute in ("grouper", "list") and len(obj) == 2:
            return obj[0] if attribute == "grouper" else obj[1]
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Brackets read a field by its name, or an item, or a part, by its number."""
        if isinstance(argument, str):
            return self.getattr(obj, argument)
        if isinstance(obj, _Absent):
            return obj
        index = argument if isinstance(argument, slice) else as_whole(argument)
        if isinstance(obj, list | tuple | str) and index is not None:
            try:
                return obj[index]
            except IndexError:
                return self.undefined(hint=f"there is no item {index}: it has {len(obj)}")
        return self.undefined(obj=obj, name=argument)

    def call_binop(
        self,
        context: Context,
        operator: str,
        left: Any,
        right: Any,
    ) -> Any:
        """An operator between two values."""
        return computed(operator, left, right)

    def call_unop(self, context: Context, operator: str, arg: Any) -> Any:
        """A sign before a value."""
        return signed(operator, arg)


LOOP = frozenset({"index", "index0", "length", "revindex", "revindex0", "first", "last"})
"""What `loop` knows inside `{% for %}`."""


# --- how filters and tests are called -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Call:
    """The arguments of a filter or test, without the value itself. `most` counts those without a name."""

    least: int
    most: int
    names: tuple[str, ...]

    def mistake(self, given: int, named: list[str]) -> str:
        """What is wrong with a call, to be put behind the filter's name; empty when nothing is."""
        for name in named:
            if name not in self.names:
                return f"takes no `{name}`"
            if named.count(name) > 1 or name in self.names[:given]:
                return f"is given `{name}` twice"
        if given > self.most:
            return (
                "takes nothing in parentheses"
                if not self.most
                else f"takes at most {self.most} in parentheses"
            )
        if given + len(named) < self.least:
            return f"needs {self.least} in parentheses: {', '.join(self.names[: self.least])}"
        return ""


def filter_calls() -> Mapping[str, Call]:
    """How each filter is called."""
    built_in = ImmutableSandboxedEnvironment().filters
    calls = {name: _call(OWN.get(name) or built_in[name]) for name in FILTERS}
    calls |= {name: Call(1, _MOST, ("attribute", "default")) for name in ("map",)}
    calls |= {name: Call(0, _MOST, ()) for name in ("select", "reject")}
    calls |= {name: Call(1, _MOST, ()) for name in ("selectattr", "rejectattr")}
    for name, conversion in CONVERSIONS.items():
        calls[name] = Call(conversion.required, len(conversion.arguments), conversion.arguments)
    return calls


def test_calls() -> Mapping[str, Call]:
    """How each test is called."""
    built_in = ImmutableSandboxedEnvironment().tests
    return {name: _call(built_in[name]) for name in TESTS}


def _call(function: Any) -> Call:
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except ValueError:  # functions of Python itself: `x is eq y` is operator.eq
        return Call(1, 1, ("other",))
    passed = 1 if getattr(function, "jinja_pass_arg", None) is not None else 0
    rest = parameters[passed + 1 :]
    least = sum(one.default is inspect.Parameter.empty for one in rest)
    return Call(least, len(rest), tuple(one.name for one in rest))
