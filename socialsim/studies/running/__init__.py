"""How runs are computed: tasks on processes or a Dask cluster."""
