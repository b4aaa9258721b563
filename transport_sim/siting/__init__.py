"""Where to build: candidate places, demand on the network, models of facility location and the loop that tests them."""
