"""The server: the guard in front of everything, the HTTP API, and `weft serve`."""
