"""The question library: questions that people really ask of the graph, their parameters and their answers."""

from levier.questions.answer import Answer, Row, Term, answer
from levier.questions.header import LANGUAGES, Column, Parameter
from levier.questions.library import Question, find, questions, read_question
from levier.questions.parameters import allowed, bind, values_line

__all__ = [
    "LANGUAGES",
    "Answer",
    "Column",
    "Parameter",
    "Question",
    "Row",
    "Term",
    "allowed",
    "answer",
    "bind",
    "find",
    "questions",
    "read_question",
    "values_line",
]
