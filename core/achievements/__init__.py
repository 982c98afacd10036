"""Achievements (sasniegumi): documents and examination results of a person, who follows them, and who is told when a value changes."""
