"""Foreign client stacks against the service: `make interop`."""
