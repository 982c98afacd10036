"""accreditation: licences and accreditations, from the application to the public register (licencēšana un akreditācija)."""
