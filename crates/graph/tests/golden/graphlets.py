"""Writes graphlets.json: random graphs and the orbit counts of their nodes, as orca-graphlets (a port of ORCA) counts them.

    pip install networkx==3.6.1 orca-graphlets==0.1.4 && python crates/graph/tests/golden/graphlets.py > crates/graph/tests/golden/graphlets.json
"""

import json

import networkx as nx
import numpy as np
from orca import orca_nodes

GRAPHS = {
    "sparse": nx.gnp_random_graph(16, 0.2, seed=1),
    "middling": nx.gnp_random_graph(12, 0.45, seed=2),
    "dense": nx.gnp_random_graph(9, 0.8, seed=3),
    "hubs": nx.barabasi_albert_graph(16, 2, seed=4),
}


def main():
    graphs = []
    for name, graph in GRAPHS.items():
        edges = sorted(tuple(sorted(edge)) for edge in graph.edges())
        nodes = graph.number_of_nodes()
        orbits = orca_nodes(np.array(edges), num_nodes=nodes, graphlet_size=5)
        graphs.append({"name": name, "nodes": nodes, "edges": edges, "orbits": orbits.tolist()})
    lines = ",\n".join(json.dumps(graph, separators=(",", ":")) for graph in graphs)
    print(f"[\n{lines}\n]")


if __name__ == "__main__":
    main()
