"""Lets the tests find `support`."""
