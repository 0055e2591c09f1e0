"""payload rig …: rigs on the bench."""

from __future__ import annotations

import typer

app = typer.Typer(help="Rigs on the bench.", no_args_is_help=True, rich_markup_mode=None)
