"""Core: education and SQL; it has never heard of XML, SOAP or HTTP."""
