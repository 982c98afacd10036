"""non-studying-children: who is in no school though the duty to learn holds, and what was done (nemācošie bērni)."""
