"""Parameter studies: from a study file to the tables, figures and claims of a paper.

files, run, merge, study and tables are what users call: what a study is, running it and going on with it, joining its
slices, reading it back, and its tables in other forms. Behind them are design/ (factors, designs, points), rounds/
(designs that depend on results), running/ (tasks, processes, Dask), storage/ (the folder that loses nothing), cost/
(what a study will cost), statistics/ (differences, claims, sensitivity) and report/ (tables, figures, archive).
"""
