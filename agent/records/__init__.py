"""Records about clients. Every function takes who asks first and filters in SQL."""
