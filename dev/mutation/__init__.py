"""Mutation testing: breaks a copy of the code, and looks whether a test notices."""
