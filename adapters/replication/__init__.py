"""The replication database (replikācijas datubāze): PostgreSQL's logical replication from the register to replicas.

servers        addresses, and connections that may set things up
published      which tables and columns leave the register, and which never do
publication    on the register: what one subscriber gets, and the role that it comes with
subscription   on a subscriber: made, awaited, copied again, taken away
shape          what a replica's schema has that the register's has not, and the other way round
gate           whether a replica takes readers: libpq asks it when it connects
applied        when a replica has what the register had
setup          everything of it, in the right order, as often as one likes
health         how it stands, for people and for monitoring
repair         what is lost is copied again
verification   proof that a replica is equal

Each replica has a publication, a slot, a role and a subscription of its own, all of one name, so that what is done to one of them
never touches another one.
"""
