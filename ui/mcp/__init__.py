"""The MCP surface: five tools over the same records, policy and limits as everything else."""
