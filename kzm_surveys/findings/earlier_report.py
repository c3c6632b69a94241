"""What an earlier report printed, beside what the answers give: shares, and the order of a ranking."""

from __future__ import annotations

from collections.abc import Sequence

from kzm_surveys.errors import FindingError, one_of
from kzm_surveys.estimation.estimates import Estimates
from kzm_surveys.findings.finding import Finding
from kzm_surveys.findings.text import Footnote, Number, Piece, Text, join, say
from kzm_surveys.findings.voice import Voice
from kzm_surveys.language.numbers import round_half_up
from kzm_surveys.published import PublishedClaim, read_published

#: Shares nearer to each other than this power of ten differ by rounding only.
_ROUNDING = 12


class EarlierReport:
    """What ``published.toml`` of a wave says, spoken by a voice; a wave that has none has no claims.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> report = EarlierReport(Voice(kzm.weight(kzm.load("surveys/noise/2021"))))
    >>> report.has("N05"), report.has("N05", "N99"), report.claim("N07").ranking[:2]
    (True, False, ('annoyance_road', 'annoyance_port'))
    >>> print(report.number("N05"), report.source().text)
    26,3... Vir: Poročilo o delu projektnega sveta Koper – zdravo mesto za leto 2022, področje II, naloga c
    """

    def __init__(self, voice: Voice) -> None:
        published = read_published(voice.survey.folder)
        self.voice, self.there = voice, published is not None
        self.claims = {claim.id: claim for claim in published.claims} if published else {}
        self.origin = published.source[voice.lang] if published else ""

    def has(self, *names: str) -> bool:
        """Whether the report makes all these claims."""
        return all(name in self.claims for name in names)

    def claim(self, name: str) -> PublishedClaim:
        """Return a claim by its id.

        Raises
        ------
        FindingError
            There is none.
        """
        if name not in self.claims:
            if not self.there:
                folder = self.voice.survey.folder
                raise FindingError(f"{self.voice.survey.wave.name}: there is no published.toml in {folder}.")
            where = f"{self.voice.survey.wave.name}: published.toml: unknown claim"
            raise FindingError(one_of(where, name, self.claims))
        return self.claims[name]

    def source(self) -> Footnote:
        """Return the footnote that names the report."""
        return Footnote(self.voice.text("source", source=self.origin))

    def number(self, name: str) -> Number:
        """Return a published share.

        Raises
        ------
        FindingError
            The claim is no share.
        """
        claim = self.claim(name)
        if claim.value is None:
            raise FindingError(f"{self.voice.survey.wave.name}: published.toml: {name} has no value.")
        return self.voice.fact(
            claim.value / 100, "published", decimals=claim.decimals, variable=claim.variable, category=claim.id,
            kind="percent", source=self.origin,
        )  # fmt: skip

    def shares(self, topic: str, names: Sequence[str]) -> Finding:
        """Say which shares the report printed, and which of them no count of the respondents can give.

        Parameters
        ----------
        topic
            Name of the finding; its words are ``sentence`` with {values} and {source}.
        names
            Ids of the claims.

        Examples
        --------
        >>> from pathlib import Path
        >>> import kzm_surveys as kzm
        >>> from kzm_surveys.findings.script_words import ScriptWords
        >>> design = kzm.weight(kzm.load("surveys/noise/2021"))
        >>> texts = {"earlier.sentence": "Poročilo navaja: {values}.{source}"}
        >>> voice = Voice(design, "sl", ScriptWords(Path("analyses/noise.sl.toml"), "sl", texts))
        >>> print(EarlierReport(voice).shares("earlier", ["N04", "N05"]).text)
        Poročilo navaja: cestni promet 30... in pristanišče 26,3....
        Pri ... nobeno število odgovorov ne da zaokroženega deleža 26,3...; njegova osnova ni znana.
        """
        voice, n = self.voice, len(self.voice.survey)
        pieces: list[Piece] = []
        for name in names:
            variable = self.claim(name).variable
            label = f"{voice.label(variable)} " if variable else ""
            pieces.append(say("{label}{value}", label=label, value=self.number(name)))
        text = voice.say(f"{topic}.sentence", values=voice.enumerated(pieces), source=self.source())
        impossible: list[Piece] = [self.number(name) for name in names if not possible(self.claim(name), n)]
        if impossible:
            respondents = voice.fact(n, "respondents", n=n)
            key = "earlier.impossible" if len(impossible) > 1 else "earlier.impossible_one"
            text = join([text, voice.text(key, values=voice.enumerated(impossible), n=respondents)])
        return Finding(topic, text)

    def order(self, name: str, estimates: Estimates, *, without: Sequence[str] = ()) -> Text:
        """Say whether the ranking of a claim is that of the estimates.

        Nothing where the wave has no earlier report, and where all estimates are alike.

        Examples
        --------
        >>> import kzm_surveys as kzm
        >>> design = kzm.weight(kzm.load("surveys/noise/2021"))
        >>> shares = kzm.battery(design, "annoyance", ["very", "extremely"])
        >>> print(EarlierReport(Voice(design)).order("N07", shares))
        Enak vrstni red navaja tudi letno poročilo.
        """
        if not self.there:
            return Text(())
        claimed = self.claim(name).ranking
        shares = {row.variable: round(row.estimate, _ROUNDING) for row in estimates.ranked(without=without)}
        if len(set(shares.values())) < 2:
            return Text(())
        order = [shares.get(variable, -1.0) for variable in claimed]
        rest = [share for variable, share in shares.items() if variable not in claimed]
        same = order == sorted(order, reverse=True) and order[-1] >= max(rest, default=0.0)
        key = "earlier.same_order" if same else "earlier.other_order"
        if len(claimed) == 1:
            key += "_one"
        labels: list[Piece] = [
            self.voice.text("codebook.quoted", text=self.voice.label(variable)) for variable in claimed
        ]
        named = {} if key.startswith("earlier.same") else {"ranking": self.voice.enumerated(labels)}
        return self.voice.text(key, source=self.source(), **named)


def possible(claim: PublishedClaim, n: int) -> bool:
    """Tell whether some count out of n rounds to the published percentage.

    Examples
    --------
    >>> claim = PublishedClaim(id="N05", section="", sentence={"sl": "x", "en": "x"}, value=26.3, decimals=1)
    >>> possible(claim, 508), possible(claim, 505)
    (False, True)
    """
    value = round_half_up(claim.value or 0.0, claim.decimals)
    nearest = round(n * float(value) / 100)
    counts = range(max(nearest - 2, 0), min(nearest + 2, n) + 1)
    return n > 0 and any(round_half_up(100 * k / n, claim.decimals) == value for k in counts)
