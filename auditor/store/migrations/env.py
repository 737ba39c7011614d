"""Runs the migrations on the connection and in the transaction of whoever opened the store."""

from alembic import context

from auditor.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
    transactional_ddl=True,  # ours is open already; SQLite's DDL is transactional as well
)
context.run_migrations()
