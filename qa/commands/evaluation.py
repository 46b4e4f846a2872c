"""The commands about how good the answers are: eval, over one's own questions, and feedback, from the chat."""

from __future__ import annotations

import argparse
import sys

from index.errors import ArticleQAError
from qa.commands.options import Command, count_or_none, opened_index, opened_questions, share
from qa.commands.printing import feedback_lines, json_line, question_line
from qa.commands.terminal import complain, say


def _eval_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        metavar="FILE.jsonl",
        help='one {"question", "answer", "aliases"?, "id"?, "history"?} a line ("-": stdin); '
        'an empty "answer" where the articles do not say',
    )
    parser.add_argument(
        "--threshold", type=share, metavar="X", help="confidence to answer at, 0 to 1 (default: the one of qa ask)"
    )
    parser.add_argument(
        "--misses", type=count_or_none, default=10, metavar="N", help="how many misses are shown (default: 10)"
    )
    parser.add_argument("--json", action="store_true", help="as one JSON object, with all misses")


def _eval(options: argparse.Namespace) -> int:
    from tqdm import tqdm

    from qa.article_qa import ArticleQA
    from qa.evaluation.evaluate import evaluate
    from qa.evaluation.questions import read_questions
    from qa.evaluation.report import report
    from qa.settings import AnswerSettings

    threshold = AnswerSettings().threshold if options.threshold is None else options.threshold
    with opened_questions(options.file) as file:
        questions = list(read_questions(file))
    if not questions:
        raise ArticleQAError(f'{options.file} holds no question. Write one {{"question", "answer"}} a line.')
    with opened_index(options) as articles:
        qa = ArticleQA(articles, settings=AnswerSettings(threshold=0))
        with tqdm(total=len(questions), unit="question", disable=None, file=sys.stderr) as bar:
            evaluation = evaluate(qa, questions, threshold, bar.update)
    for bad in evaluation.skipped:
        complain(f"skipped: {options.file}, line {bad.line}: {bad.reason}")
    if not evaluation.answerable + evaluation.unanswerable:
        raise ArticleQAError(f"No line of {options.file} could be asked. Correct them and try again.")
    if options.json:
        print(json_line(evaluation.to_json()))
    else:
        say(report(evaluation, options.misses))
    return 0


def _feedback_options(parser: argparse.ArgumentParser) -> None:
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object a line, with the whole answer")
    form.add_argument(
        "--questions",
        action="store_true",
        help="a question file for qa eval: an answer that was good is the right one, and to one that was bad, the word "
        'beside it is ("-": the articles do not say)',
    )


def _feedback(options: argparse.Namespace) -> int:
    from qa.kept.conversations import Conversations

    with opened_index(options) as articles:
        given = list(Conversations.of(articles).feedback())
    if not given:
        print("No feedback yet. Say in the chat whether an answer is good or bad: qa chat", file=sys.stderr)
    if not options.questions:
        for each in given:
            print(json_line(each.to_json()) if options.json else feedback_lines(each))
        return 0
    lines = [each.gold() for each in given]
    for line in lines:
        if line is not None:
            print(question_line(line))
    if left_out := lines.count(None):
        print(
            f"left out: {left_out} of {len(lines)}, rated bad without a word. In the chat, write the right answer "
            'beside the rating, or "-" where the articles do not say.',
            file=sys.stderr,
        )
    return 0


EVAL = Command("eval", "say how well your own questions are answered, and show the worst misses", _eval, _eval_options)
FEEDBACK = Command(
    "feedback", "print what people thought of the answers in the chat, oldest first", _feedback, _feedback_options
)
