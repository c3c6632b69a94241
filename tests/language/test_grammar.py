"""The one door to grammar, and a language that is added by translating a file, without a line of Python."""

import datetime
import re
from pathlib import Path

import pytest

from kzm_surveys.cli.app import app
from kzm_surveys.codebook import read_codebook, reason_label
from kzm_surveys.errors import CodebookError, FindingError
from kzm_surveys.findings.text import Claim, number, say
from kzm_surveys.language import catalogue, grammar
from kzm_surveys.language.numbers import NBSP, date, decimal, percent

DAYS = datetime.date(2021, 11, 24), datetime.date(2021, 12, 2)


@pytest.mark.parametrize(
    ("number", "decimals", "slovene", "english"),
    [(1, 0, "odgovor", "answer"), (2, 0, "odgovora", "answers"), (5, 0, "odgovorov", "answers"),
     (0, 0, "odgovorov", "answers"), (101, 0, "odgovor", "answers"), (1.0, 1, "odgovora", "answers"),
     (-1, 0, "odgovor", "answer")],
)  # fmt: skip
def test_noun_of_each_language(number, decimals, slovene, english):
    assert grammar.noun("sl", "odgovor", number, decimals=decimals) == slovene
    assert grammar.noun("en", "odgovor", number, decimals=decimals) == english


def test_case_matters_in_slovenian_only():
    assert grammar.noun("sl", "leto", 38, "instrumental") == "leti"
    assert grammar.noun("en", "leto", 38, "instrumental") == "years"


@pytest.mark.parametrize(
    ("number", "slovene", "english"),
    [(1, "je navedla", "named"), (2, "sta navedli", "named"), (3, "so navedle", "named"), (508, "je navedlo", "named")],
)
def test_past_of_each_language(number, slovene, english):
    assert grammar.verb("sl", number, "oseba", "navesti") == slovene
    assert grammar.verb("en", number, "oseba", "navesti") == english


@pytest.mark.parametrize(
    ("number", "slovene", "english"), [(1, "meni", "thinks"), (2, "menita", "think"), (5, "meni", "think")]
)
def test_present_of_each_language(number, slovene, english):
    assert grammar.verb("sl", number, "oseba", "meniti", tense="present") == slovene
    assert grammar.verb("en", number, "oseba", "meniti", tense="present") == english


def test_clauses_have_the_order_of_their_language():
    def clause(lang):
        counted = f"{decimal(102, lang=lang)} {grammar.noun(lang, 'oseba', 102)}"
        verb = grammar.verb(lang, 102, "oseba", "odgovoriti")
        return catalogue.text(lang, "language.clause").format(counted=counted, verb=verb)

    assert clause("sl") == "sta odgovorili 102 osebi"
    assert clause("en") == "102 people answered"


def test_lists_of_each_language():
    assert grammar.listed("sl", ["cesta", "luka", "sosedje"]) == "cesta, luka in sosedje"
    assert grammar.listed("en", ["road", "port", "neighbours"]) == "road, port and neighbours"


def test_times_of_each_language():
    def plain(words):
        return words.replace(NBSP, " ")

    assert plain(grammar.between_dates("sl", *DAYS)) == "med 24. novembrom in 2. decembrom 2021"
    assert plain(grammar.between_dates("en", *DAYS)) == "between 24 November 2021 and 2 December 2021"
    assert plain(grammar.between_dates("en", DAYS[0], DAYS[0])) == "on 24 November 2021"
    assert [plain(grammar.in_month(lang, DAYS[0])) for lang in ("sl", "en")] == ["novembra 2021", "in November 2021"]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: grammar.noun("sl", "meseci", 2), "no Slovenian forms for the noun 'meseci'; did you mean 'mesec'"),
        (lambda: grammar.noun("en", "meseci", 2), "en.toml: no forms in [nouns] for 'meseci'; did you mean 'mesec'"),
        (
            lambda: grammar.verb("sl", 2, "oseba", "dojit"),
            "no Slovenian forms for the verb 'dojit'; did you mean 'dojiti'",
        ),
        (
            lambda: grammar.verb("en", 2, "oseba", "dojit"),
            "no Slovenian forms for the verb 'dojit'; did you mean 'dojiti'",
        ),
        (lambda: grammar.verb("en", 2, "hrup", "dojiti"), "no Slovenian forms for the noun 'hrup'"),
        (lambda: grammar.noun_after_range("en", "odgovor", 5, 2), "the range 5–2 before 'odgovor' runs backwards"),
        (lambda: grammar.listed("en", []), "an empty list"),
        (lambda: grammar.noun("de", "oseba", 2), "there are no texts in 'de'"),
    ],
)
def test_what_is_unknown_is_refused(call, words):
    with pytest.raises(FindingError, match=re.escape(words)):
        call()


def test_a_translated_file_is_a_language(italian):
    italian()
    assert catalogue.languages() == ("en", "it", "sl")
    assert catalogue.tag("it") == "it-IT"
    assert (decimal(1234.5, 1, "it"), percent(0.263, lang="it")) == ("1.234,5", "26,3%")
    assert date(DAYS[0], "it").replace(NBSP, " ") == "24 novembre 2021"
    assert [grammar.noun("it", "oseba", n) for n in (1, 2)] == ["persona", "persone"]
    assert grammar.noun_after_range("it", "mama", 2, 5) == "madri"
    assert [grammar.verb("it", n, "mama", "odgovoriti") for n in (1, 5)] == ["ha risposto", "hanno risposto"]
    assert [grammar.listed_verb("it", n, "slediti") for n in (1, 5)] == ["segue", "seguono"]
    assert grammar.listed("it", ["strada", "porto", "vicini"]) == "strada, porto e vicini"
    assert grammar.share_words("it", 0.263) == "poco più di un quarto"
    assert [grammar.share_verb("it", share, "meniti") for share in (0.25, 0.665)] == ["ritiene", "ritengono"]
    assert grammar.one_in("it", 0.25, "oseba") == "una persona su quattro"
    assert (grammar.with_number("it", 3), grammar.with_word("it", "cesta")) == ("con", "con")
    assert grammar.between_dates("it", *DAYS).replace(NBSP, " ") == "tra il 24 novembre 2021 e il 2 dicembre 2021"
    assert grammar.in_month("it", DAYS[0]).replace(NBSP, " ") == "nel novembre 2021"


def test_texts_of_the_methods_speak_the_translated_language(italian):
    italian()
    n = number(Claim("noise 2021", "respondents", 2500.0), "count", 0, "it")
    assert str(say(catalogue.text("it", "methods.n"), n=n)) == "Persone intervistate: 2.500."


def test_missing_noun_of_a_translation_is_one_error(italian):
    italian('oseba = "persona|persone"\n', "")
    with pytest.raises(
        FindingError, match=r"^it\.toml lacks the text 'nouns\.oseba'\. Translate it from sl\.toml or en\.toml\.$"
    ):
        grammar.noun("it", "oseba", 2)


@pytest.mark.parametrize("forms", ["persona", "persona|", "|persone", "persona|persone|person"])
def test_noun_without_two_forms_is_refused(italian, forms):
    italian('oseba = "persona|persone"', f'oseba = "{forms}"')
    with pytest.raises(FindingError, match=r"it\.toml: 'nouns\.oseba' must hold two forms"):
        grammar.noun("it", "oseba", 2)


def test_unknown_name_in_a_text_of_grammar_is_refused(italian):
    italian("poco più di {share}", "poco più di {parte}")
    with pytest.raises(FindingError, match=r"it\.toml: 'grammar\.over' fills in 'parte'; it may fill in \{share\}"):
        grammar.share_words("it", 0.263)


def test_unknown_rule_for_the_verb_is_refused(italian):
    italian('verb_of_share = "agrees"', 'verb_of_share = "singolare"')
    with pytest.raises(FindingError, match="must be 'plural' or 'agrees', found 'singolare'"):
        grammar.share_verb("it", 0.25, "meniti")


def test_file_that_is_named_after_no_language_is_refused(italian):
    path = italian()
    path.rename(path.with_name("xx.toml"))
    with pytest.raises(FindingError, match=r"xx\.toml: 'xx' is no code of a language"):
        decimal(1, 0, "xx")


def test_facts_without_the_language_are_one_error():
    title = read_codebook("surveys/noise/codebook.toml").title
    with pytest.raises(
        CodebookError, match=r"there is no text in 'it' for 'Zaznavanje .*\(there: sl, en\)\. Write it = "
    ):
        title["it"]
    with pytest.raises(CodebookError, match="there is no text in 'hu' for 'ne vem'"):
        reason_label("dont_know")["hu"]


def test_labels_of_the_engine_and_of_derived_variables_speak_the_translated_language(italian, tmp_path):
    italian('unknown_code = "unknown code"', 'unknown_code = "codice sconosciuto"')
    italian('or = "or"', 'or = "o"')
    facts = Path("surveys/noise/codebook.toml").read_text(encoding="utf-8")
    facts += '\n[derived.high]\nof = "annoyance_road"\nlabel = { sl = "cesta", en = "road" }\ntop = 2\n'
    translated = re.sub(r'\ben = "([^"]*)" }', r'en = "\1", it = "\1 (it)" }', facts)
    path = tmp_path / "codebook.toml"
    path.write_text(translated, encoding="utf-8")
    book = read_codebook(path)
    assert book.reason_labels("unknown_code")["it"] == "codice sconosciuto"
    assert book["disturbed_none"].categories[1].label["it"] == "selected"
    high = book["high"]
    assert high.question["it"].endswith(" (it)")
    assert high.categories[1].label["it"] == "very (it) o extremely (it)"
    assert set(read_codebook("surveys/noise/codebook.toml")["highly_annoyed_road"].question) == {"sl", "en"}


def run(*words):
    from typer.testing import CliRunner

    return CliRunner().invoke(app, words)


def test_commands_refuse_a_language_without_a_catalogue():
    result = run("codebook", "surveys/noise/2021", "--lang", "it")
    assert result.exit_code == 2
    assert "there are no texts in 'it'; choose one of: en, sl" in " ".join(result.output.split())


def test_commands_take_any_language_with_a_catalogue(italian):
    import kzm_surveys.cli.population

    assert kzm_surveys.cli.population
    italian()
    result = run("population", "surveys/noise/2021", "--print-query", "--lang", "it")
    assert result.exit_code == 0, result.output
    assert "/api/v1/en/" in result.output  # SiStat answers in Slovenian or English
