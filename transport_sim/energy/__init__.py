"""Energy use of vehicles, trains, vessels and hubs: pure functions of arrays."""
