"""Network closures: equations for the chances of agents, degrees or pairs in place of the process itself, and the exact
results they are held against.
"""
