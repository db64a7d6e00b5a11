"""Getting IATI files over http(s): one address, or many datasets of the registry."""
