"""Encoding and mining over sharded stores of CCWRs, on this machine or on a Ray cluster, when a corpus does not fit one machine."""
