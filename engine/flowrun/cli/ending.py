"""How a command ends: its exit code, and its errors in one line each on stderr."""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import suppress

import click

from flowrun.errors import ConfigurationError, Fatal, FlowrunError, Retryable

FINE, PROBLEMS, USAGE, CONNECTION, STOPPED = 0, 1, 2, 3, 130


def run_to_its_end(command: click.Group, arguments: list[str]) -> int:
    """Runs the command line and gives its exit code. A traceback is shown only with `--debug`."""
    try:
        code = command.main(args=arguments, prog_name="flowrun", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as ended:
        return _flushed(ended.exit_code)
    except click.ClickException as error:
        error.show(file=sys.stderr)
        return USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        return STOPPED
    except (BrokenPipeError, SystemExit):  # SystemExit is how click itself ends when a pipe breaks
        return _nobody_reads()
    except Exception as error:  # noqa: BLE001 - the last place: no traceback may reach a user
        return _told(error, debug="--debug" in arguments)
    return code if isinstance(code, int) else FINE


def _flushed(code: int) -> int:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        return _nobody_reads()
    return code


def _nobody_reads() -> int:
    """The reader of our output is gone (`| head`). Python would complain once more when it flushes at
    exit.
    """
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)
    return FINE


def _told(error: Exception, *, debug: bool) -> int:
    if debug:
        traceback.print_exception(error)
    if isinstance(error, ConfigurationError):
        if error.problems:
            from flowrun.cli.problems import as_text  # noqa: PLC0415 - only when there are some

            click.echo(as_text(error.problems, None), err=True)
        click.echo(f"error: {error}", err=True)
        return USAGE
    if isinstance(error, Fatal | Retryable):
        click.echo(f"error: {error}", err=True)
        return CONNECTION
    if isinstance(error, FlowrunError):
        click.echo(f"error: {error}", err=True)
        return PROBLEMS
    if isinstance(error, OSError) and error.filename is not None:
        click.echo(f"error: {error.filename}: {error.strerror}", err=True)
        return USAGE
    click.echo(
        f"error: something went wrong inside flowrun ({type(error).__name__}); "
        "run it with --debug and report what it says",
        err=True,
    )
    return PROBLEMS
