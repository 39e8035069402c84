"""What the tools do, with one boutique's records, recommender, vector store and explainer."""
