"""What the hub knows and does, in the words of commerce. No HTTP and no wire format below this folder."""
