"""The linking room: rules as data tie aid activities to the elements of strategy notes, and tell why."""

from levier.linking.explain import Explanation, explain, find_activities
from levier.linking.run import LinkReport, link, relink
from levier.linking.text import render
from levier.linking.write import ALIGNMENT_GRAPH

__all__ = ["ALIGNMENT_GRAPH", "Explanation", "LinkReport", "explain", "find_activities", "link", "relink", "render"]
