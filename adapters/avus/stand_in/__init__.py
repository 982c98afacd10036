"""A stand-in for AVUS: a process of its own, real SOAP over HTTP, checks of schema and signature, misbehaviour on demand."""

from adapters.avus.stand_in.server import serve

__all__ = ["serve"]
