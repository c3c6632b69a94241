"""Questions, answer categories, reasons for missing answers, routing and derived variables, read from TOML.

A codebook holds *questions* as asked (a battery has many items). From them come *variables*: one per column
of ``survey.responses``. The wording and every label stand in Slovenian and English.
"""

from kzm_surveys.codebook.codebook import Codebook
from kzm_surveys.codebook.comparison import Comparison, compare_codebooks
from kzm_surveys.codebook.derived import Band, Derived, Group, Score, Theme
from kzm_surveys.codebook.extends import read_codebook
from kzm_surveys.codebook.questions import (
    NOT_PUT,
    NOT_SELECTED,
    SELECTED,
    STANDARD_REASONS,
    Category,
    Item,
    Question,
    Reason,
    Scale,
    Variable,
    reason_label,
)
from kzm_surveys.errors import CodebookError

__all__ = [
    "NOT_PUT",
    "NOT_SELECTED",
    "SELECTED",
    "STANDARD_REASONS",
    "Band",
    "Category",
    "Codebook",
    "CodebookError",
    "Comparison",
    "Derived",
    "Group",
    "Item",
    "Question",
    "Reason",
    "Scale",
    "Score",
    "Theme",
    "Variable",
    "compare_codebooks",
    "read_codebook",
    "reason_label",
]
