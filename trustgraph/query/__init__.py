"""Questions of one run or register: explain, chain, owners, owned, the smallest repair."""
