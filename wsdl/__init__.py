"""The published service contracts (WSDL 1.1), written by hand."""
