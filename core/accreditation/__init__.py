"""Licences and accreditations (licencēšana un akreditācija): proceedings, their decisions, and the public register that follows them.

- the law            rules, clocks, stages, terms, folding: pure functions over data with validity
- proceedings        working, opening, applying, completing, evaluating, proposing, confirming, flagging, appealing
- public register    publishing (from decisions to days), lapsing, loading; told to copies by changes
- reading            status, institution_status, listing, changes, horizon; proceedings, proceeding, standing
- for others         effect: what a licence means for submissions and for a person's education
"""
