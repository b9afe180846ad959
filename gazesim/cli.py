"""`gazesim <command> key=value ...`: see `gazesim.commands`."""

import os
import shlex
import sys
import tempfile
import traceback
from collections.abc import Sequence
from dataclasses import replace

from gazesim import __version__
from gazesim.commands import COMMANDS
from gazesim.commands.command import Command
from gazesim.commands.help import help_text, overview
from gazesim.commands.overrides import MANY, Job, read

# The commands import what they need when they run: `doctor` must run where torch or OpenCV is broken.


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; exits with status 2 and one line on bad input, 130 when it is interrupted."""
    arguments = sys.argv[1:] if arguments is None else arguments
    name, rest = (arguments[0], arguments[1:]) if arguments else ("--help", [])
    os.environ["MPLBACKEND"] = "agg"  # figures are files; a notebook's backend may not be importable here
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a console may lack letters that tables have
    try:
        _main(name, rest)
        sys.stdout.flush()
    except KeyboardInterrupt:
        _stop(f"gazesim {name}", "interrupted", status=130)
    except BrokenPipeError:  # the reader of the pipe has closed it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    except MemoryError as error:
        _stop(f"gazesim {name}", f"out of memory: {error}")
    except OSError as error:  # a full disk, a folder that may not be read
        _stop(f"gazesim {name}", str(error))
    except ValueError as error:
        _stop(f"gazesim {name}", str(error))
    except Exception as error:
        _stop(f"gazesim {name}", _unforeseen(error))


def _main(name: str, arguments: Sequence[str]) -> None:
    if name in ("--help", "-h"):
        print(overview())
    elif name == "--version":
        print(f"gazesim {__version__}")
    elif name not in COMMANDS:
        _stop("gazesim", f"unknown command {name!r}; known: {', '.join(COMMANDS)}")
    elif "--help" in arguments or "-h" in arguments:
        print(help_text(name))
    else:
        command: Command = COMMANDS[name].load()
        jobs = read(name, command, arguments)
        if any(argument in MANY for argument in arguments):
            _sweep(name, command, jobs)
        else:
            command.run(jobs[0].config)


def _sweep(name: str, command: Command, jobs: Sequence[Job]) -> None:
    """Run the jobs one after another, each in a folder of its own if the command has one."""
    if not command.makes_folder:
        for job in jobs:
            command.run(job.config)
        return
    from gazesim.runs.folder import named_folder
    from gazesim.runs.sweep import remove_if_nothing_ran, write_sweep

    if "out" in jobs[0].swept:
        raise ValueError(f"out is {jobs[0].swept['out']!r} and others, expected one folder for all jobs of a sweep")
    folder = named_folder(name, jobs[0].config.out)
    write_sweep(folder, [job.swept for job in jobs])
    try:
        for number, job in enumerate(jobs):
            overrides = " ".join(f"{key}={value}" for key, value in job.swept.items())
            print(f"{number}: {overrides}")
            try:
                command.run(replace(job.config, out=str(folder / str(number))))
            except (ValueError, FileNotFoundError) as error:
                raise ValueError(f"{overrides}: {error}") from error
    finally:
        remove_if_nothing_ran(folder)


def _unforeseen(error: Exception) -> str:
    """Write the traceback of a fault of the program into a file, and return how to report it."""
    with tempfile.NamedTemporaryFile("w", prefix="gazesim-", suffix=".txt", encoding="utf-8", delete=False) as file:
        file.write(f"gazesim {__version__}, Python {sys.version}\n{shlex.join(sys.argv)}\n")
        file.write("".join(traceback.format_exception(error)))
    return f"a fault of gazesim, {type(error).__name__}: {error}; please report it with the file {file.name}"


def _stop(who: str, message: str, status: int = 2) -> None:
    print(f"{who}: {' '.join(message.split())}", file=sys.stderr)
    raise SystemExit(status)


if __name__ == "__main__":
    main()
