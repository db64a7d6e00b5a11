"""The question library: questions that people really ask of the graph, their parameters and their answers."""

from levier.questions.answer import Answer, Row, answer, named
from levier.questions.choices import Choice, choices
from levier.questions.executables import QUESTIONS_GRAPH, executables
from levier.questions.header import LANGUAGES, Column, Parameter
from levier.questions.library import Question, find, questions, read_question
from levier.questions.parameters import allowed, bind, values_line
from levier.questions.search import search

__all__ = [
    "LANGUAGES",
    "QUESTIONS_GRAPH",
    "Answer",
    "Choice",
    "Column",
    "Parameter",
    "Question",
    "Row",
    "allowed",
    "answer",
    "bind",
    "choices",
    "executables",
    "find",
    "named",
    "questions",
    "read_question",
    "search",
    "values_line",
]
