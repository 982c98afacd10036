"""Examinations (valsts pārbaudījumi): candidates and results come in, wait for their publication, and are corrected."""
