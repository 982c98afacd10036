"""One operation, one file: services/<service>/<operation>.py."""
