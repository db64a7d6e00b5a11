"""A client for researchers: the questions of the library and free SPARQL, as tables of pandas or polars.

from levier.client import Client

client = Client("https://example.org/sparql")      # or Client(store=".levier")
client.questions()
client.ask("money-per-objective", objective="M3", year=2021)
"""

from levier.client.connection import Client
from levier.client.frames import Described

__all__ = ["Client", "Described"]
