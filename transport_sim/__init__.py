"""Transport decarbonisation laboratory."""
