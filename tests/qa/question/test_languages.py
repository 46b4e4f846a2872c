"""Questions in other languages than English: which one, what they ask for, and which days they name."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from qa.question.languages import tongue_of
from qa.question.small_talk import reply_to
from qa.question.times import meant, period_in
from qa.question.turn import answer_form
from qa.question.wording import fits, is_small_talk, query_of, understood
from qa.reading.dated import dated
from qa.reading.locale_words import joined, said_day, said_period

ROOT = Path(__file__).parents[3]
NEWSROOM = ROOT / "bench" / "newsroom"
TODAY = date(2025, 6, 18)


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (NEWSROOM / name).read_text(encoding="utf-8").splitlines()]


# Known to be taken wrongly, see docs/decisions.md, "Languages".
WRONG_TIMES = {"pt-15", "zh-04"}
WRONG_FORMS = {"pt-07"}


@pytest.mark.parametrize("line", lines("times_languages.jsonl"), ids=lambda line: line["id"])
def test_a_time_in_a_question_is_understood_in_nine_languages(line: dict[str, Any]) -> None:
    found = period_in(line["question"], date.fromisoformat(line["today"]), tongue_of(line["question"]))
    days = [None if day is None else day.isoformat() for day in (found.start, found.end)] if found else [None, None]
    assert (days == [line["from"], line["to"]]) is (line["id"] not in WRONG_TIMES)


@pytest.mark.parametrize("line", lines("forms_languages.jsonl"), ids=lambda line: line["id"])
def test_what_a_question_asks_for_is_understood_in_nine_languages(line: dict[str, Any]) -> None:
    query, form = query_of(line["question"]), line["form"]
    asked = {"small": query.small_talk, "several": query.several}.get(form, query.form == form)
    right = (
        query.language == line["id"][:2]
        and asked
        and line.get("answer_type", query.answer_type) == query.answer_type
        and line.get("topic", "") in query.text
    )
    assert right is (line["id"] not in WRONG_FORMS)


@pytest.mark.parametrize(
    "question",
    [
        "Ai thiết kế cây cầu?", "Do ai thiết kế?", "ใครออกแบบสะพาน", "पुल किसने बनाया?", "Ποιος σχεδίασε τη γέφυρα;",
        "Cine a câștigat premiul?", "Хто переміг на виборах?", "چه کسی پل را ساخت؟", "Köprüyü kim tasarladı?",
    ],
)  # fmt: skip
def test_a_question_in_a_language_without_a_table_asks_the_plain_way(question: str) -> None:
    query = understood(question, TODAY)
    assert (query.form, query.answer_type, query.small_talk, query.parts, query.text) == (
        "short",
        "other",
        False,
        (),
        question,
    )


@pytest.mark.parametrize(
    "question",
    [
        "who won la liga?", "Is La La Land good?", "latest Le Pen news", "Was Anna late?", "Will Anna win?",
        "La liga news", "what's up with der Spiegel", "Who is Nguyễn Phú Trọng?",
        "What did Путин say?", "les miserables cast",
        "Das Boot?", "who designed São Paulo's café?",
        "what does 北京 mean",
        "Café de Paris", "2023-03-05", "🙂",
    ],
)  # fmt: skip
def test_names_from_elsewhere_leave_a_question_english(question: str) -> None:
    assert tongue_of(question) == "en"


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Dürfen Radfahrer die neue Brücke benutzen?", "de"),
        ("Wofür werden Zilien verwendet?", "de"),
        ("Hangi organ yasama sürecinde veto hakkı aldı?", "und"),
        ("Sky Digital是什么时候推出的？", "zh"),
        ("A318は何の設計を基本としたか。", "ja"),
        ("Кто потерял мяч на 3rd-and-9?", "ru"),
        ("أين يقع Energiprojekt AB؟", "ar"),
    ],
)
def test_a_question_is_told_by_py3langid_or_by_its_script_whatever_names_it_holds(question: str, language: str) -> None:
    assert tongue_of(question) == language


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("Каким образом европейские общества поддерживали путешественников?", "short"),
        ("Какова была роль Одинги в правительстве?", "short"),
        ("Какого цвета был логотип в 2001 году?", "short"),
        ("Perchè il disegno di legge è passato al monarca?", "sentences"),
        ("Há quanto tempo o distrito é republicano?", "short"),
        ("電気機関車と蒸気機関車を比べると、どっちの方が高速化が容易であるか。", "short"),
        ("¿Se puede navegar con el barco en agosto?", "yes_no"),
        ("¿La torre está diseñada para durar?", "yes_no"),
        ("Was ist am 12. Mai in Hagelstein passiert?", "sentences"),
    ],
)
def test_a_yes_or_no_is_asked_for_only_where_no_word_asks_for_more(question: str, form: str) -> None:
    assert query_of(question).form == form


@pytest.mark.parametrize(
    ("question", "language", "form"),
    [
        ("Wie lautet der Name der Werft?", "de", "short"), ("Wie nannte man die alte Fähre?", "de", "short"),
        ("Wie wird der Wind genannt?", "de", "short"), ("Wie sank die Fähre?", "de", "sentences"),
        ("¿Cómo se denomina el viento?", "es", "short"), ("¿Cómo llegó el barco?", "es", "sentences"),
        ("Comment appelle-t-on ce vent ?", "fr", "short"), ("Comment est nommé ce vent ?", "fr", "short"),
        ("Comment le bateau a-t-il coulé ?", "fr", "sentences"), ("Come viene chiamato il vento?", "it", "short"),
        ("Come è affondata la nave?", "it", "sentences"), ("Como é chamado o vento?", "pt", "short"),
        ("Como o barco afundou?", "pt", "sentences"), ("Как называют этот ветер?", "ru", "short"),
        ("Как затонул корабль?", "ru", "sentences"),
    ],
)  # fmt: skip
def test_what_something_is_called_is_a_name_and_how_it_went_a_sentence(question: str, language: str, form: str) -> None:
    query = query_of(question)
    assert (query.language, query.form) == (language, form)


def test_what_a_foreign_word_means_is_asked_in_the_language_of_the_question() -> None:
    assert tongue_of("Was bedeutet Rhodophyta?") == "de"
    assert tongue_of("Was Rhodophyta sold?") == "en"


@pytest.mark.parametrize(
    ("question", "form", "text"),
    [
        ("Steckt hinter dem Ausfall ein Angriff?", "yes_no", None),
        ("¿Devolverán el dinero del abono mensual?", "yes_no", None),
        ("Il porto aveva la luce spenta quando sono entrati i ladri?", "yes_no", None),
        ("I camion possono già passare sul ponte?", "yes_no", None),
        ("作坊会不会搬走？", "yes_no", None),
        ("Qu'a déclaré le maire au préfet ?", "sentences", None),
        ("Quando sono entrati i ladri?", "short", None),
        ("Und der Preis der neuen Fähre?", "short", None),  # goes on with what was asked before
        ("Où en est-on avec le port de Tarnby ?", "latest", "port de Tarnby"),
        ("Quali sono le ultime notizie sulla strada per Amsel?", "latest", "strada per Amsel"),
        ("A che punto è il ponte di Amsel?", "latest", "ponte di Amsel"),
        ("地铁2号线最新进展怎么样了？", "latest", "地铁2号线"),
        ("水族館は今どうなっていますか？", "latest", "水族館"),
        ("Wie steht es gerade um die Fähre?", "latest", "Fähre"),
        ("¿Qué es el Luna Vieja?", "definition", "Luna Vieja"),
        ("¿Qué es una grelina?", "definition", "grelina"),
        ("¿Qué es lo que pide el sindicato?", "short", None),
        ("Was ist eigentlich ein Kotten?", "definition", "Kotten"),
        ("Was ist der Repair-Bus?", "definition", "Repair-Bus"),
        ("Was ist passiert?", "sentences", None),
        ("Was ist der Grund?", "short", None),
        ("C'est quoi une grelinette ?", "definition", "grelinette"),
        ("Che cos'è una banca del tempo?", "definition", "banca del tempo"),
        ("O que é um tarol?", "definition", "tarol"),
        ("Что такое голицы?", "definition", "голицы"),
        ("什么是樟公？", "definition", "樟公"),
        ("箱わなって何ですか？", "definition", "箱わな"),
        ("ما هو الطبري؟", "definition", "الطبري"),
        ("Welche Strafe droht der Firma?", "short", None),
        ("Welche Läden leiden darunter?", "list", None),
        ("登り口を全部教えてください", "list", None),
        ("Comment va s'appeler le bateau ?", "short", None),
    ],
)
def test_forms_are_told_in_other_languages(question: str, form: str, text: str | None) -> None:
    query = understood(question, date(2025, 6, 1))
    assert answer_form(query) == form
    assert text is None or text == (query.thing or query.text)


@pytest.mark.parametrize("question", ["Wo hält der Bus an einem Donnerstag?", "Where does it stop on a Thursday?"])
def test_a_weekday_that_comes_every_week_is_no_time_to_look_in(question: str) -> None:
    assert understood(question, date(2025, 6, 1)).period is None


def test_a_verb_in_japanese_is_not_taken_for_now() -> None:
    assert not query_of("クジラは何日間湾にいましたか。").current
    assert query_of("いまの市長は誰ですか。").current


def test_accents_may_be_composed_or_not() -> None:
    assert query_of("Ou\u0300 a-t-on trouvé le masque ?").answer_type == "place"
    assert query_of("Wer ko\u0308nnte gewinnen?").language == "de"


def test_small_talk_is_replied_to_in_its_language() -> None:
    assert [reply_to(text, tongue_of(text)) for text in ("Danke schön!", "谢谢！", "Спасибо", "شكرا")] == [
        "Gern geschehen.", "不客气。", "Пожалуйста.", "عفوًا.",
    ]  # fmt: skip
    assert is_small_talk("merci")
    assert not is_small_talk("merci qui a gagné ?")


def test_the_place_of_a_time_is_that_of_its_words_in_the_question() -> None:
    for text, language, words in (
        ("🙂 Was geschah am 12. März 2024 in Tarnby?", "de", "12. März 2024"),
        ("谁在5月3日向议会讲话？", "zh", "5月3日"),
        ("من تحدث في ٣ مايو أمام البرلمان؟", "ar", "٣ مايو"),
        ("Кто приехал три дня назад?", "ru", "три дня назад"),
    ):
        found = period_in(text, TODAY, language)
        assert found is not None
        assert text[found.at : found.to] == words


@pytest.mark.parametrize(
    ("answer", "language", "said"),
    [
        ("am 12. März", "de", "am 12. März 2025"),
        ("gestern", "de", "gestern (17. Juni 2025)"),
        ("le 3 mai", "fr", "le 3 mai 2025"),
        ("el 5 de marzo", "es", "el 5 de marzo de 2025"),
        ("12 марта", "ru", "12 марта 2025\u202fг."),
        ("3月5日", "zh", "2025年3月5日"),
        ("先週", "ja", "先週 (2025年6月9日～15日)"),
        ("2024 im Hafen", "de", "2024 im Hafen"),
        ("im November", "de", "im November"),  # the next one is nearer than the last
        ("15 августа", "ru", "15 августа 2025\u202fг."),
    ],
)
def test_a_time_in_an_answer_is_told_with_its_day_as_the_language_writes_it(
    answer: str, language: str, said: str
) -> None:
    assert dated(answer, answer, "2025-06-18", language).replace("\u00a0", "\u202f") == said


def test_an_answer_without_a_time_or_in_an_article_without_a_date_stays_as_it_is() -> None:
    assert dated("der Hafen", "der Hafen", "2025-06-18", "de") == "der Hafen"
    assert dated("gestern", "gestern", None, "de") == "gestern"
    assert meant("der Hafen", TODAY, language="de") is None


def test_several_answers_are_joined_as_the_language_does() -> None:
    assert joined(["Ana", "Luis"], "es") == "Ana y Luis"
    assert joined(["港", "橋", "塔"], "ja") == "港、橋、塔"
    assert joined(["Tarnby, der Hafen", "Elswick"], "de") == "Tarnby, der Hafen; Elswick"
    assert joined(["A", "B"], "und") == "A; B"
    assert joined(["A"], "de") == "A"


def test_days_and_periods_are_written_as_the_language_does() -> None:
    assert said_day(date(2025, 3, 7), "en") == "7 March 2025"
    assert said_day(date(2025, 3, 7), "zh") == "2025年3月7日"
    assert said_period(date(2024, 1, 1), date(2024, 12, 31), "de") == "2024"
    assert said_period(date(2025, 3, 1), date(2025, 3, 31), "de") == "März 2025"


def test_a_number_fits_by_its_digits_or_words_and_nothing_is_ruled_out() -> None:
    assert fits("number", "١٢", "ar")
    assert fits("number", "1.234,5 Tonnen", "de")
    assert fits("number", "zwei Schiffe", "de")
    assert fits("number", "三艘", "zh")
    assert fits("number", "viele", "de") is None


def test_an_english_question_loads_no_table_and_no_library_for_others() -> None:
    code = (
        "import sys; from qa.question.wording import understood; understood('Who won the cup last week?'); "
        "print(*sorted({'yaml', 'dateparser', 'babel', 'py3langid', 'qa.question.foreign_wording', "
        "'qa.question.foreign_times'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == ""
