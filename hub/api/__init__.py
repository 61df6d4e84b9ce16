"""What machines reach over HTTP: routers, wire models, problems. No logic."""
