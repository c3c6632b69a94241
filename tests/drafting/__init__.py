"""Filling in what `kzm new` left open, as a person would."""

import re

#: What a person writes in place of the marks, by key.
FACTS = {
    "synthetic": "true", "first": "2023-11-20", "last": "2023-11-30", "approximate": "false", "file": '"responses.sav"',
    "sha256": '""', "n": "300", "rows": "300", "population": "45000", "year": "2024", "invented": "true",
    "kind": '"opt_in"', "order": "1",
}  # fmt: skip


def fill_in(path, **facts):
    """Write facts in place of all marks; numbers where nothing else is known, and texts without their mark."""

    def fact(match):
        return f"{match[1]} = {(FACTS | facts).get(match[1], '7')}"

    text = re.sub(r'^(\w+) = "FILL IN: [^"]*"', fact, path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    path.write_text(text.replace("FILL IN: ", ""), encoding="utf-8")
