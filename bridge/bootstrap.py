"""The only file that names concrete classes: settings become objects here."""
