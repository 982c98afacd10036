"""Beside the journal of disclosures: what seals it, where its heads are kept, how they are signed."""
