"""How zeep's messages travel: contracts only from the package, answers as a stream, time limits always."""

from pathlib import Path
from typing import Any

import requests
import zeep
from urllib3.exceptions import HTTPError

from adapters.population_register.errors import TooSlow, Unreachable


class ShippedContract(zeep.Transport):
    """zeep's transport that opens no other contract than the one it was made for and the schemas beside it."""

    def __init__(self, contract: str, connect: float, read: float) -> None:
        session = requests.Session()
        # Neither a proxy nor a .netrc of the environment has a part in what goes to the security server.
        session.trust_env = False
        super().__init__(session=session)  # type: ignore[no-untyped-call]
        session.headers["Accept-Encoding"] = "identity"
        self._limits = (connect, read)
        self._folders = {Path(contract).parent.resolve(), Path(contract).parent.parent.resolve() / "xsd"}

    def load(self, url: str) -> bytes:
        """A file of the contract; anything else is refused, from the network above all."""
        path = Path(url).resolve()
        if path.parent not in self._folders:
            raise ValueError("Only the contract that comes with the program is opened.")
        return path.read_bytes()

    def post(self, address: str, message: bytes, headers: dict[str, str]) -> requests.Response:
        """Sends a message; the answer's body is still to be read. Nothing of a message is ever logged."""
        try:
            return self.session.post(address, data=message, headers=headers, timeout=self._limits, stream=True, allow_redirects=False)
        except requests.Timeout as error:
            raise TooSlow() from error
        except (requests.RequestException, HTTPError) as error:
            raise Unreachable() from error

    def get(self, address: str, params: Any, headers: Any) -> Any:
        """Never: the contract knows POST only."""
        raise ValueError("The contract is called by POST only.")
