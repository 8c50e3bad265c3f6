"""Training of encoders: vocabulary extension, masked language modelling, updates of all weights."""
