"""Pages for people, one folder per audience, and the API."""
