"""Databases of municipalities (pašvaldību datubāzes): a copy of what a municipality may hold, in a database of its own.

offered        what its system sees: views and columns, in words
tables         the copy's tables, and those views
rights         what its login may do, and what is taken from everybody in its database
admission      pg_hba.conf: which login gets into which database
source         the register's side: publication and slot
subscription   the copy's side: the subscription and its first copy
room           for how many copies there is room, and what bounds it
adding, removing   step by step, each of which may be cut off
state          how the copies are doing
place          the two servers' addresses
"""
