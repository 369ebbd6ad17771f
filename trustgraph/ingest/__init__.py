"""Tables that become a register on disk: of any size (``bulk``), a day's rows (``update``)."""
