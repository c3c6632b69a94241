"""How often 95 % intervals of a share hold the truth, in a survey like the noise survey.

A population of 44 035 adults by sex, age group and type of place, as in surveys/noise/2021/population.csv. Those aged
62 and over answer so much more often that they are two thirds of the 508 respondents, as in the survey. Answers depend
on sex, age and place, and are fixed in the population; their shares run from 3 to 95 %. Each sample is raked to
sex x age group and to place, with the linearised variance of the raked weights. Seeded: the same numbers on every run.

"below" and "above" are the intervals that lie wholly below or above the truth; 2.5 % each would be ideal. With 3 000
samples a coverage of 95 % is known to within 0.8 points. "se/sd" is the mean standard error over the standard deviation
of the estimates: the few respondents under 40 have weights of six, and the linearised variance is too small for them.

Run: python -m tests.benchmarks.coverage [samples]
"""

import sys

import numpy as np
import pandas as pd
from scipy import special

from kzm_surveys import Margins, SurveyDesign, proportion, rake
from kzm_surveys.estimation import intervals

SEXES, AGES, PLACES = ["male", "female"], ["18_39", "40_61", "62_plus"], ["city", "suburb", "countryside"]
ADULTS = np.array([[7085, 8633, 5865], [6469, 8373, 7610]])
RESPONDENTS = np.array([[11, 50, 142], [24, 85, 196]])
PLACE_SHARES = np.array([25298, 17904, 11050]) / 54252
SHARES = (0.03, 0.05, 0.10, 0.20, 0.30, 0.50, 0.70, 0.90, 0.95)
N, LEVEL, SEED = 508, 0.95, 20211


def population(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(N,) sex, age and place of every adult, and (N, questions) their answers, 0 or 1."""
    sex, age = (np.repeat(index.ravel(), ADULTS.ravel()) for index in np.indices(ADULTS.shape))
    place = random.choice(3, len(sex), p=PLACE_SHARES)
    answers = []
    for question, share in enumerate(SHARES):
        turn = (-1) ** question
        linear = turn * 0.5 * (age - 1) + 0.3 * sex - turn * 0.3 * place
        low, high = -12.0, 12.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if special.expit(linear + middle).mean() < share else (low, middle)
        answers.append(random.random(len(sex)) < special.expit(linear + low))
    return sex, age, place, np.stack(answers, axis=1).astype(np.int8)


def margins(sex: np.ndarray, age: np.ndarray, place: np.ndarray) -> Margins:
    joint = {(s, a): int(((sex == i) & (age == j)).sum()) for i, s in enumerate(SEXES) for j, a in enumerate(AGES)}
    places = {name: int((place == number).sum()) for number, name in enumerate(PLACES)}
    return Margins({("sex", "age_group"): joint, "place_type": places})


def main(samples: int = 3000) -> None:
    random = np.random.default_rng(SEED)
    sex, age, place, answers = population(random)
    targets, truth = margins(sex, age, place), answers.mean(axis=0)
    chance = (RESPONDENTS / ADULTS)[sex, age]
    names = [f"q{i}" for i in range(len(SHARES))]
    found = np.empty((4, samples, len(SHARES)))
    kish, elderly = np.empty((samples, 1)), np.empty(samples)
    for sample in range(samples):
        # The smallest of exponential times draws without replacement, each with its own chance.
        drawn = np.argpartition(random.exponential(size=len(sex)) / chance, N)[:N]
        frame = pd.DataFrame(
            {
                "sex": pd.Categorical.from_codes(sex[drawn], SEXES),
                "age_group": pd.Categorical.from_codes(age[drawn], AGES),
                "place_type": pd.Categorical.from_codes(place[drawn], PLACES),
                **{name: pd.Categorical.from_codes(answers[drawn, i], ["no", "yes"]) for i, name in enumerate(names)},
            }
        )
        raked = rake(SurveyDesign(frame), targets)
        kish[sample], elderly[sample] = raked.weighting.n_eff, (age[drawn] == 2).mean()
        for i, name in enumerate(names):
            columns = proportion(raked, name).columns
            found[:, sample, i] = [columns[what][1] for what in ("estimate", "se", "df", "n")]
    p, se, df, n = found
    print(
        f"{samples:,} samples of {N} out of {len(sex):,}, raked; aged 62 and over: {elderly.mean():.0%} of the sample, "
        f"{(age == 2).mean():.0%} of the population; effective size (Kish) {kish.mean():.0f}"
    )
    print(f"{'share':>7} {'se/sd':>6}  interval    coverage   below   above  mean width")
    for i, share in enumerate(truth):
        for method in intervals.METHODS:
            low, high = intervals.proportion(
                p[:, i], se[:, i], df[:, i], n[:, i], kish[:, 0], level=LEVEL, method=method
            )
            below, above = (high < share).mean(), (low > share).mean()
            known = f"{se[:, i].mean() / p[:, i].std():>6.2f}"
            line = f"{method:<11} {1 - below - above:>8.1%} {below:>7.1%} {above:>7.1%} {(high - low).mean():>11.3f}"
            print(f"{share:>7.1%} {known}  {line}" if method == intervals.METHODS[0] else f"{'':>14}  {line}")


if __name__ == "__main__":
    main(*(int(words) for words in sys.argv[1:]))
