"""education-process: who learns and teaches where, and the register of institutions (izglītības process)."""
