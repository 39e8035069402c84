"""The rooms beside the conversation: each is a router of fragments, with the rule of every route."""
