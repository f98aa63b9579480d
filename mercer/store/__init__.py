"""The database of a workspace: tables, migrations, queries. Nothing else speaks SQL."""
