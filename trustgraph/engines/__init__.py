"""The same results computed elsewhere: engines for registers that one machine is too small for."""
