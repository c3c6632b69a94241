"""A survey with every kind of question and derived variable, and six respondents, for the tests of what is written."""

from kzm_surveys.loaders import examine
from tests.loaders import write_wave

RICH = """
survey = "rich"
title = { sl = "Poskus", en = "Trial" }
status = { sl = "izmišljen.", en = "invented." }

[missing]
dont_know = { code = 98, label = { sl = "ne vem", en = "don't know" } }

[scales.steps]
categories = [
  { name = "not_at_all", code = 1, label = { sl = "sploh ne", en = "not at all" } },
  { name = "somewhat", code = 2, label = { sl = "nekoliko", en = "somewhat" } },
  { name = "very", code = 3, label = { sl = "zelo", en = "very" } },
]

[questions.sex]
kind = "single"
label = { sl = "spol", en = "sex" }
question = { sl = "Spol?", en = "Sex?" }
categories = [
  { name = "male", code = 1, label = { sl = "moški", en = "men" } },
  { name = "female", code = 2, label = { sl = "ženske", en = "women" } },
]

[questions.birth]
kind = "number"
label = { sl = "leto rojstva", en = "year of birth" }
question = { sl = "Katerega leta ste rojeni?", en = "In which year were you born?" }
minimum = 1900
maximum = 2010
role = "birth_year"
missing_codes = { refused = 9999 }

[questions.distance]
kind = "number"
label = { sl = "razdalja", en = "distance" }
question = { sl = "Koliko kilometrov do ceste?", en = "How many kilometres to the road?" }
minimum = 0
maximum = 30
unit = { sl = "kilometer", en = "kilometres" }

[questions.visit]
kind = "date"
label = { sl = "zadnji obisk", en = "last visit" }
question = { sl = "Kdaj ste bili nazadnje tam?", en = "When were you there last?" }
latest = 2025-12-31

[questions.noise]
kind = "battery"
label = { sl = "hrup", en = "noise" }
question = { sl = "Koliko vas moti?", en = "How much does it bother you?" }
scale = "steps"
missing = ["dont_know"]
items = [
  { name = "road", label = { sl = "cesta", en = "road" } },
  { name = "port", label = { sl = "pristanišče", en = "port" } },
  { name = "music", label = { sl = "glasba", en = "music" } },
]

[questions.hours]
kind = "number"
label = { sl = "ure", en = "hours" }
question = { sl = "Koliko ur na dan?", en = "How many hours a day?" }
minimum = 0
maximum = 24
asked_if = { noise_road = ["somewhat", "very"] }

[questions.time]
kind = "multiple"
label = { sl = "kdaj moti", en = "when it bothers" }
question = { sl = "Kdaj vas moti? Možnih je več odgovorov.", en = "When? Several answers are possible." }
items = [
  { name = "night", label = { sl = "ponoči", en = "at night" } },
  { name = "other", other = true, label = { sl = "drugo", en = "other" } },
  { name = "never", exclusive = true, label = { sl = "nikoli", en = "never" } },
]

[questions.proposals]
kind = "text"
label = { sl = "predlogi", en = "proposals" }
question = { sl = "Kaj predlagate?", en = "What do you propose?" }
asked_if = { sex = ["female"], time_never = ["not_selected"] }

[derived.generation]
of = "birth"
label = { sl = "rod", en = "generation" }
bands = [
  { name = "old", highest = 1959, label = { sl = "starejši", en = "older" } },
  { name = "middle", lowest = 1960, highest = 1989, label = { sl = "srednji", en = "middle" } },
  { name = "young", lowest = 1990, label = { sl = "mlajši", en = "younger" } },
]

[derived.annoyed]
of = "noise"
label = { sl = "moti", en = "annoyed" }
top = 1

[derived.sources]
of = "noise"
label = { sl = "moteči viri", en = "sources that bother" }
selected = ["somewhat", "very"]
none = { name = "none", label = { sl = "noben", en = "none" } }

[derived.sex_generation]
of = ["sex", "generation"]
label = { sl = "spol in rod", en = "sex and generation" }
cross = true

[derived.burden]
of = "noise"
label = { sl = "obremenjenost", en = "burden" }
score = { method = "sum", reversed = ["music"], at_least = 2 }

[derived.themes]
of = "proposals"
label = { sl = "teme", en = "themes" }
empty_answers = ["nič", "ne vem"]
themes = [{ name = "traffic", label = { sl = "promet", en = "traffic" }, stems = ["promet", "cest"] }]
"""

#: Codes of six respondents; 98 and 9999 are codes of missing answers. Respondent 6 chose "other" and wrote what;
#: 3 and 5 are never bothered, so only 2 and 6 (women) are asked for proposals.
COLUMNS = (
    "id", "sex", "birth", "distance", "visit", "noise_road", "noise_port", "noise_music", "hours",
    "time_night", "time_other", "time_other_text", "time_never", "proposals",
)  # fmt: skip
ANSWERS = f"""{",".join(COLUMNS)}
1,1,1950,0.5,2025-01-31,1,2,98,,1,0,,0,
2,2,1960,2.25,,2,2,2,3,1,0,,0,Manj prometa
3,2,9999,30,2024-12-01,3,98,98,8,0,0,,1,
4,1,1990,1,,1,1,1,,1,0,,0,
5,2,1989,,2025-03-01,,1,3,,0,0,,1,
6,2,2001,7,2025-03-02,2,3,1,,1,1,popoldne,0,nič
"""


def rich_wave(root, answers=ANSWERS, codebook=RICH):
    """Wave folder with the six respondents as CSV."""
    folder = write_wave(root, codebook, file="answers.csv", form="csv", n=answers.count("\n") - 1,
                        change=('format = "csv"', 'format = "csv"\nid = "id"'))  # fmt: skip
    (folder / "answers.csv").write_text(answers, encoding="utf-8")
    return folder


def rich(root, answers=ANSWERS):
    """The survey of these answers."""
    return examine(rich_wave(root, answers))
