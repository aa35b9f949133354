"""Parts of one value of each kind: words, regions, stretches of time, cells, choices, single numbers."""
