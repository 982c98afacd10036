"""PostgreSQL that comes with the installation: made, started, adopted, watched and stopped by the program.

errors      what a person is told
account     the operating system's user that the server runs as
binaries    which PostgreSQL, and where that user can execute it
home        the files of one data folder, and the place outside when the user cannot reach it
creation    initdb, all or nothing
options     the server's settings and its port
processes   who lives in a data folder, by postmaster.pid and /proc
launch      starting a server, after a killed one's remains are gone
child       the small program that becomes the server: it drops rights and ties the server's life to ours
server      one running server: adopted or launched
cluster     what the program holds: addresses, databases, the thread that keeps the server up
"""

from adapters.embedded.cluster import Cluster, start
from adapters.embedded.errors import EmbeddedError
from adapters.embedded.options import REPLICA

__all__ = ["REPLICA", "Cluster", "EmbeddedError", "start"]
