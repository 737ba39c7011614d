"""How the tables came to be, step by step; run on start, inside one transaction."""
