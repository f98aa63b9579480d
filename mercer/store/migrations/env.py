"""Alembic's way in: it runs on the connection, and in the transaction, that `upgrade` hands over."""

from alembic import context

from mercer.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
context.run_migrations()
