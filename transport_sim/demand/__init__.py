"""What has to be moved: generation, distribution and the drawing of shipments."""
