"""The dashboard's server and its JSON API: a second mouth beside the command line, on the published snapshot."""
