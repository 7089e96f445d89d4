"""Tools of MCP servers: those that `weft.toml` names, and no others.

    [mcp.files]
    command = "mcp-server-files"
    args = ["--root", "files"]
    env = ["FILES_KEY"]

    [mcp.tickets]
    url = "https://tickets.example/mcp"
    token = "TICKETS_TOKEN"

`weft mcp refresh` asks each server once for its tools and keeps the list in `.weft/mcp`; the catalog is made from those
lists, so nothing is started and nobody asked until a run calls a tool. A flow only names an entry of the catalog. What
a server says is a stranger's: it is bounded in size and time, and what is wrong with it fails the step that asked.
"""
