"""disclosures: what a person is shown of the journal, and the proof that it was not altered."""
