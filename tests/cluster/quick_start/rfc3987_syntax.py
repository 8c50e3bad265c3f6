"""Stands before the package of this name for the processes of Ray: jsonschema imports that for a check Ray does not use, and it takes
two seconds in each of them to build a grammar. Only the development requirements install it."""

raise ImportError("left out, see above")
