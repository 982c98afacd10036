"""Adapters: they translate between the wire and core, and decide nothing."""
