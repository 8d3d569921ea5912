"""Facts shipped with the package as CSV and YAML."""
