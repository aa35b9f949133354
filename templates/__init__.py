"""Templates, style sheets and page modules; no logic."""
