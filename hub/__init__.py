"""Loading models and Spaces from the Hugging Face Hub (not built yet)."""
