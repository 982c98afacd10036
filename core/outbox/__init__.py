"""The outbox (izejošie ziņojumi): messages written with the change that they tell of, and delivered at least once."""
