"""From chosen chains to the plan that the simulation carries out."""
