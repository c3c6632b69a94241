"""A document with everything that a section can hold, built by hand, for the tests of the Word file."""

import datetime
import io

import pandas as pd
from matplotlib.figure import Figure

from kzm_surveys.design import SurveyDesign
from kzm_surveys.findings.docx import to_docx
from kzm_surveys.findings.docx_style import DocumentInfo
from kzm_surveys.findings.section import FigureRef, Heading, Paragraph, Points, ReportFigure, Section, Table
from kzm_surveys.findings.text import Claim, Fixed, Footnote, Reference, Text, number, say

NBSP = "\u00a0"
INFO = DocumentInfo("Ugotovitve & mnenja", "Gradivo za preizkus", "Mestna občina Koper", "SINTETIČNI PODATKI: preizkus",
                    datetime.date(2022, 12, 31))  # fmt: skip
DESIGN = SurveyDesign(pd.DataFrame({"y": [1]}))


def share(name, value, kind="percent", **claim):
    """A share of a question."""
    return number(Claim("noise 2021", "proportion", value, name, question=f"Kako moti {name}?", **claim), kind, 1, "sl")


def count(name, value):
    return number(Claim("noise 2021", name, value), "count", 0, "sl")


def note(words, **values):
    return Footnote(say(words, **values))


def figure(name="moti"):
    blank = Figure(figsize=(4, 2.5))
    blank.subplots().plot([1, 2], [1, 2])
    picture = io.BytesIO()
    blank.savefig(picture, format="png", metadata={"Software": None})
    n = count("respondents", 508)
    drawn = ReportFigure(
        name, blank, say("Delež, ki ga moti cesta ({n})", n=n), say("Osnova: vsi (n = {n}). Vir: raziskava.", n=n),
        say("Stolpci: cesta moti {share} anketiranih.", share=share("cesta", 0.263)),
        say("Cesta moti {share}", share=share("cesta", 0.263)),
    )  # fmt: skip
    return drawn, picture.getvalue()


def section(*, annex=0, headings=("I. Okolje", "Hrup & mir", "Anketa")):
    """All kinds of blocks; `annex` is the number of rows of a table as long as the ledger's."""
    road, port = share("cesta", 0.263), share("luka", 0.018)
    low, high = (share("cesta", value, kind, by="end", by_category=str(value)) for value, kind in
                 ((0.221, "points"), (0.301, "percent")))  # fmt: skip
    n = count("respondents", 508)
    source = note("Vir: raziskava, n = {n}; gl. preglednico {t}.", n=n, t=Reference("table", "viri"))
    blocks = [
        Paragraph(say("SINTETIČNI PODATKI. Odgovori so izmišljeni."), box=True),
        Points(
            "Ključne ugotovitve",
            [say("Hrup ceste moti {share} anketiranih.", share=road),
             Text(("Luka moti ", port, " anketiranih", source, "."))],
            ["road", "port"],
        ),
        Heading("Viri hrupa"),
        Paragraph(Text((
            "Cesta moti ", road, " anketiranih (", low, "–", high, f"; n{NBSP}={NBSP}", n, f"), gl. sliko{NBSP}",
            Reference("figure", "moti"), f" in preglednico{NBSP}", Reference("table", "viri"), ". Anketirani so bili ",
            Fixed(f"24.{NBSP}november{NBSP}2021", "date"), note("Gl. {n} in <a & b>.", n=n), ".",
        )), id="road"),
        FigureRef("moti"),
        Table(
            "viri", Text(("Moteči viri hrupa med ", n, " anketiranimi", note("Vir: občina."))),
            ["Vir hrupa", "n", Text(("Delež od ", n)), "Interval"],
            [["Cesta", n, road, Text((low, "–", high))], [Text(("Luka", note("Pristanišče."))), n, port, "–"],
             ["  Dva  presledka ", n, "z", "–"]],
            [say("Osnova: anketirani, ki so odgovorili (n = {n}).", n=n), say("Vir: raziskava.")],
        ),
        Heading("Metode"),
        Table(
            "aapor", say("Podatki o raziskavi"), ["Postavka", "Podatek"],
            [["Naročnik", "Mestna občina Koper"],
             ["Besedilo vprašanj", "Kako močno vas je v zadnjem letu doma motil hrup? " * 6],
             ["Število", Text(("Anketiranih je bilo ", n, "."))]],
            [say("Opomba brez števil.")], words=2, description=say("Kdo, kdaj in kako je anketiral."),
        ),
    ]  # fmt: skip
    if annex:
        rows = [
            [Fixed(f"noise_2021.vprasanje_{row}.proportion.percent1", "id"), "Delež, ki jih moti hrup ceste",
             share(f"v{row}", row / 1000), count(f"n{row}", row), "22,1–30,9 %".replace(" ", NBSP)]
            for row in range(1, annex + 1)
        ]  # fmt: skip
        rows = [[Text((cell,)) if isinstance(cell, Fixed) else cell for cell in row] for row in rows]
        blocks += [Heading("Priloga"), Table("ledger", say("Izvor števil"), ["Oznaka", "Kaj pove", "Natisnjeno", "n",
                   "Interval"], rows, [say("Nezaokrožene vrednosti so v datoteki.")], words=2)]  # fmt: skip
    return Section(DESIGN, blocks, headings)


def sample(lang="sl", *, info=INFO, template=None, record=b"", annex=0):
    drawn, picture = figure()
    return to_docx(
        [section(annex=annex)], {"moti": drawn}, {"moti": picture}, info, lang, template=template, record=record
    )
