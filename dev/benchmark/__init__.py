"""The costs of the addon, each a ratio against a named peer measured beside it."""
