"""The messages and types of the contracts (XML Schema), written by hand."""
