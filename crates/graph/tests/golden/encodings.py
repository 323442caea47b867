"""Writes encodings/*: small graphs as networkx 3.6.1 and pydot 4.0.1 write them, for the parsers to read.

    pip install networkx==3.6.1 pydot==4.0.1
    python crates/graph/tests/golden/encodings.py
"""

from pathlib import Path

import networkx

FOLDER = Path(__file__).parent / "encodings"
NAMES = ["Ada", "New York", 'say "x" & <y>', "Łódź", "a, b"]


def graph(directed):
    made = networkx.DiGraph() if directed else networkx.Graph()
    made.add_nodes_from(NAMES)
    made.add_edge("Ada", "New York", relation="likes", weight=5)
    made.add_edge('say "x" & <y>', "Łódź", relation="is <near>", weight=3)
    made.add_edge("Ada", "Ada", relation="likes", weight=1)
    return made


FOLDER.mkdir(exist_ok=True)
for directed in [False, True]:
    name = "directed" if directed else "undirected"
    made = graph(directed)
    networkx.write_graphml(made, FOLDER / f"{name}.graphml")
    # GML and DOT call the relation of an edge its label.
    for _, _, data in made.edges(data=True):
        data["label"] = data.pop("relation")
    networkx.write_gml(made, FOLDER / f"{name}.gml")
    networkx.nx_pydot.write_dot(made, FOLDER / f"{name}.dot")
