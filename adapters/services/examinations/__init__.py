"""examinations: candidates, results and corrections from the examinations system (valsts pārbaudījumi)."""
