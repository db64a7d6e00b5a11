"""The `levier` command: one module per subcommand, and the single boundary where errors become exit codes."""

import errno
import importlib
import os
import sys
import traceback

import click

from levier import __version__
from levier.errors import LevierError

COMMANDS = ("build", "fetch", "convert", "export", "link", "check", "ask", "query", "serve", "snapshots", "completion")
"""The subcommands, in the order of the work; each is `command` in the module of its name."""

_FAULT = 3
_INTERRUPTED = 130
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENAMETOOLONG, errno.ENOSPC}
"""What the system refuses for the sake of the path that was given, or of the room there is on its disk."""


class _Commands(click.Group):
    """Loads a subcommand's module only when it is asked for, so that `levier --help` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"levier.cli.{cmd_name}")
        command: click.Command = module.command
        return command


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="""\b
Examples:
  levier build --illustrative                 the bundled notes, sample and illustration
  levier build --aid FOLDER                   the notes and your IATI files
  levier check                                is it coherent?
  levier ask                                  which questions are there?
  levier serve                                SPARQL and pages on http://127.0.0.1:8000

Exit codes: 0 done and clean; 1 findings, or part of the work failed; 2 bad input; 3 a fault of ours;
130 interrupted.""",
)
@click.version_option(__version__, prog_name="levier")
def group() -> None:
    """One graph in which strategy notes meet the aid that should carry them out."""


def main(argv: list[str] | None = None) -> None:
    """Run the command line and leave with one of the exit codes of `levier.errors`."""
    if "_LEVIER_COMPLETE" in os.environ:  # a shell asks what Tab completes; ours knows more of it than click's
        importlib.import_module("levier.cli.completion")
    sys.exit(run(argv))


def run(argv: list[str] | None = None) -> int:
    """Run the command line and give the exit code: the one place where an error becomes one."""
    try:
        result = group.main(args=argv, prog_name="levier", standalone_mode=False)
    except LevierError as error:
        _say(error.message, error.hint)
        return error.exit_code
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        _say(error.format_message(), f"`{context.command_path} --help` tells how." if context else "")
        return 2
    except SystemExit:  # click's way to end where the reader of a pipe is gone: `levier query … | head`
        return 0
    except (KeyboardInterrupt, click.Abort):
        _say("interrupted; nothing was changed.")
        return _INTERRUPTED
    except Exception as error:  # noqa: BLE001  # the boundary
        return _unforeseen(error)
    return result if isinstance(result, int) else 0


def _unforeseen(error: Exception) -> int:
    """Say an error that is none of ours, and give its exit code."""
    if isinstance(error, OSError) and error.errno in _REFUSED:
        named = f"{error.filename}: " if error.filename else ""
        _say(f"{named}cannot be read or written ({error.strerror}).")
        return 2
    _say(f"a fault of ours: {type(error).__name__}: {error}", "Set LEVIER_DEBUG=1 to see where, and report it.")
    if os.environ.get("LEVIER_DEBUG"):
        traceback.print_exception(error)
    return _FAULT


def _say(message: str, hint: str = "") -> None:
    click.echo(f"levier: {message}", err=True)
    if hint:
        click.echo(f"  {hint}", err=True)
