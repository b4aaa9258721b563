"""Many runs: on local processes, so that nothing is lost when one of them or the whole is stopped."""
