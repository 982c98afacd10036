"""The register of non-studying children (nemācošo bērnu reģistrs): who is in no school though the duty to learn holds, and why.

    refresh(register, on)       opens, closes and reopens cases for the whole nation
    check(session, …)           what the same rules say of up to 3 000 personal codes
    explain(session, …)         each rule that was looked at for one child, what it saw, what came out

The rules themselves are `core.compulsory_age`, and the same as SQL `core.cases.due`.
"""

from core.cases.checking import Checked, check
from core.cases.explaining import Explained, Rule, explain
from core.cases.refreshing import Refreshed, refresh
from core.cases.statutory import latest_register_day

__all__ = ["Checked", "Explained", "Refreshed", "Rule", "check", "explain", "latest_register_day", "refresh"]
