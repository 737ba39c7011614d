"""Measurements of the product beside the tools people use today, on loopback. Run by hand, never as a test."""
