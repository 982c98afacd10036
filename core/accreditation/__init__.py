"""Licences and accreditations (licencēšana un akreditācija): proceedings, decisions, the public register, what follows for the rest."""
