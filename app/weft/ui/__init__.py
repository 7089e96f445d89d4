"""The editor in the browser: NiceGUI pages around the canvas. `app.mount` adds them to the server."""
