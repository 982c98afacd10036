"""The register of non-studying children (nemācošo bērnu reģistrs): who is in no school though the duty holds, whose they are, what is done.

refresh(register, on)            opens, closes and reopens cases for the whole nation
list_cases, get_case             a municipality's work list, one case with its history
set_search_status, record_measure    what a municipality found out and did
offer, answer                    a case goes to another municipality
check_persons, explain           what the same rules say of persons that are named
"""
