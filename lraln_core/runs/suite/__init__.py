"""Suites: systems x languages x seeds as one resumable job, and the tables made from it."""
