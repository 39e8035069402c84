"""The REST surface: sessions, recommendations and explanations for other programs, each request held to the policy."""
