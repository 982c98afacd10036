"""The journal of disclosures as a whole (datu izsniegšanas žurnāls): its chain, its proof, its end, and what a person is shown of it.

    seal(register) -> int                      gives every row that was committed its place in the chain
    unsealed(session) -> Unsealed              how many rows wait for that, and for how long
    verify(session, ...) -> Verdict            the first place that is not as it was, and in which way
    expire(register, before, ...) -> Expired   removes what is old enough, and leaves a signed checkpoint
    entries(session, ...) -> Entries           who was told of a person, the newest first

A row is written and committed by `core.disclosure`, unchained, so that no answer waits for another one.
"""
