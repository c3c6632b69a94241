"""The `kzm` command, one module per kind of work; each registers its commands with `app`."""

from kzm_surveys.cli import data, figures, population, refresh, report, tables, waves, weight
from kzm_surveys.cli.app import app, main

__all__ = ["app", "data", "figures", "main", "population", "refresh", "report", "tables", "waves", "weight"]
