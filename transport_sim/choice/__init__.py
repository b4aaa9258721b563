"""How shippers choose: transport chains, their generalised cost, the logit and its calibration."""
