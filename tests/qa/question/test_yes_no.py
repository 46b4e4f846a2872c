"""A yes or a no is asked for in many wordings, and much looks like it that asks for something else."""

from __future__ import annotations

import pytest

from qa.question.yes_no import asks_yes_or_no


@pytest.mark.parametrize(
    "question",
    [
        "Did the ferry sink?",
        "has the ferry sunk yet",
        "hasnt the ferry sunk already",
        "So is it true that the ferry sank?",
        "Has anybody found the man who steered it?",
        "Was it Ida Brandt who drew the bridge?",
        "Did she play the violin in the Noche d'Or?",
        "After the storm, did the ferry sail again?",
        "The ferry that hit the bridge, was it lost?",
        "SteamCo bought the yard. Does the director keep his job?",
        "ferry talks - did they agree in the end",
        "When the storm came, did anybody call?",
        "If a lighthouse loses its lamp, does it close?",
        "I heard the ferry was lost, is that right?",
        "The captain was paid twice what he asked, true?",
        "the ferry sank, didn't it",
        "They didn't cancel the race, did they?",
        "Do you know whether the film won a prize?",
        "please check if the recall includes Norway",
        "Any deaths in the accident?",
        "any chance the race was moved to May",
        "starnews still running in Norway?",
        "editor suspended by the club?",
        "the satellite is lost for good then?",
        "So the trial failed?",
        "Can someone whose ticket is lost still board the ferry?",
        "Could anyone who was late get a seat?",
    ],
)
def test_a_yes_or_a_no_is_asked_for(question: str) -> None:
    assert asks_yes_or_no(question)


@pytest.mark.parametrize(
    "question",
    [
        "Who sank the ferry?",
        "When was it, and did anybody call?",
        "Why did it sink?",
        "After the storm, who sailed again?",
        "Can you list the countries that signed?",
        "could you tell me who sank it",
        "Do you know when it sank?",
        "Is it known why it sank?",
        "Is there any reason why it sank?",
        "Was it sold or burnt?",
        "Did the ferry sink because of a storm or a rock?",
        "Does the article say where it sank?",
        "have you got any figures for May?",
        "any news on the ferry?",
        "anything new on the ferry?",
        "price of the ferry ticket?",
        "number of boats ordered by the company?",
        "the ferry",
        "Freevee, what exactly is that?",
        "And why did they do that?",
        "In 2020, who was mayor?",
        "Is another ferry leaving? Who sails it?",
        "will there be a second one, when",
    ],
)
def test_something_else_is_asked_for(question: str) -> None:
    assert not asks_yes_or_no(question)
