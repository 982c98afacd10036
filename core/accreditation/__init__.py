"""Licences and accreditations (licencēšana un akreditācija): proceedings, their decisions, and the public register that follows them."""
