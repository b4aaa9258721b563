"""Networks of road, rail and waterway: loading, links between modes, routing, checks and an overview map."""
