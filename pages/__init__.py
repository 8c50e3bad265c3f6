"""The screens. A page reads what the user chose, calls the core, and draws."""
