"""One file a source: `fetch` brings bytes, `parse` makes rows of them; its facts stand in reference/sources.csv."""
