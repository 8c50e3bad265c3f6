"""The lesson: small real vectors of the sample texts, and what each step of the Guide computes from them (numpy only)."""
