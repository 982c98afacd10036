"""The outbox (izejošie ziņojumi): messages written with the change that they tell of, and delivered at least once.

A message is claimed for a time in a transaction of its own and sent without any; what came of it is written for a whole portion at once.
Whoever dies in between has sent messages that are sent again when the time is over: the receiver knows them by their ids. Messages to one
client about one person go in the order of their ids, and one that cannot be delivered holds back those behind it.
"""
