"""A stand-in for the population register: a process of its own, real SOAP over HTTP, the made-up nation, and misbehaviour on demand."""

from adapters.population_register.stand_in.server import serve

__all__ = ["serve"]
