"""Alembic's entry: migrate on the connection and in the transaction that are open."""

from alembic import context

from digit_pipeline.records.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
