"""The vehicles of a region over the years: what is bought, what is scrapped, and what it costs."""
