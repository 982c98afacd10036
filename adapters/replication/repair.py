"""What is lost is copied again (replikācijas labošana): a subscription whose slot is gone, a copy that stands still, tables by name."""

from collections.abc import Sequence

from adapters.replication import gate, setup, subscription
from adapters.replication.published import PUBLISHED
from adapters.replication.servers import place_of
from adapters.replication.setup import Replication, Told


def repair(who: Replication, told: Told, *, tables: Sequence[str] = (), everything: bool = False) -> None:
    """Has every replica follow the register again; copies no more than it must, or what is asked for."""
    for address in who.replicas:
        with setup.alone(who.register) as register, setup.alone(address) as replica:
            name = who.name_of(replica, address)
            if everything:
                setup.subscribe(who, register, replica, address, told)
            setup.follow_with(who, register, replica, address, told)
            again = [table for table in tables if table in PUBLISHED]
            if again:
                told(f"{place_of(address)}: {', '.join(again)} copied again.")
                gate.close(replica)
                subscription.copy_again(register, replica, name, again, PUBLISHED)
                setup.follow_with(who, register, replica, address, told)
