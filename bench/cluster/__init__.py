"""`make bench-cluster`: jobs a second through a broker."""
