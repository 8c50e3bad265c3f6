"""Parts that show runs: lists, live progress, results, exports."""
