"""Settings: one TOML file in JPBRIDGE_HOME and the environment; secrets only by name."""
