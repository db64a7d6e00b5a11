"""The way back: from the graph to IATI XML 2.03."""
