"""Charts, tables and escaped HTML from DataFrames and words. Nothing is computed or read here, and Streamlit is not imported."""
