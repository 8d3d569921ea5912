"""What people look at; reads tables, writes none."""
