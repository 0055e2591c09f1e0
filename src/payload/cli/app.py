"""The list of commands. What a command needs is imported when it runs: `payload --help` stays under 0.2 s."""

from __future__ import annotations

import typer

from payload.cli import explaining, looking, planning, rigs, running

app = typer.Typer(
    name="payload",
    help="Plan, verify, simulate and fly the experiments of a payload expert. Not flight software.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        from payload import __version__

        print(f"payload {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    pass


for command in (
    planning.init,
    planning.check,
    planning.plan,
    planning.verify,
    explaining.explain,
    looking.show,
    looking.diff,
    running.simulate,
    running.run,
    running.tell,
    looking.report,
    planning.schema,
):
    app.command()(command)
app.add_typer(rigs.app, name="rig")
