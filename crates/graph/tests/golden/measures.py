"""Writes measures.json: random graphs and what networkx measures in them.

    pip install networkx==3.6.1 numpy scipy && python crates/graph/tests/golden/measures.py > crates/graph/tests/golden/measures.json
"""

import json

import networkx as nx

GRAPHS = {
    "sparse": nx.gnp_random_graph(24, 0.09, seed=5),
    "dense": nx.gnp_random_graph(12, 0.5, seed=6),
    "hubs": nx.barabasi_albert_graph(20, 2, seed=7),
    "tree": nx.random_labeled_tree(18, seed=8),
    "cliques": nx.connected_caveman_graph(3, 5),
    "small world": nx.watts_strogatz_graph(18, 4, 0.2, seed=9),
}
DIRECTED = nx.gnp_random_graph(20, 0.09, seed=10, directed=True)


def in_order(of_node):
    return [of_node[node] for node in sorted(of_node)]


def groups(components):
    return sorted(sorted(component) for component in components)


def undirected(name, graph):
    parts = groups(nx.connected_components(graph))
    eccentricity = {}
    for part in parts:
        eccentricity |= nx.eccentricity(graph.subgraph(part))
    halves = [[node for node in graph if node % 2 == rest] for rest in (0, 1)]
    return {
        "name": name,
        "nodes": graph.number_of_nodes(),
        "edges": sorted(tuple(sorted(edge)) for edge in graph.edges()),
        "components": parts,
        "core": in_order(nx.core_number(graph)),
        "clustering": in_order(nx.clustering(graph)),
        "average_clustering": nx.average_clustering(graph),
        "transitivity": nx.transitivity(graph),
        "bridges": sorted(tuple(sorted(edge)) for edge in nx.bridges(graph)),
        "articulation_points": sorted(nx.articulation_points(graph)),
        "eccentricity": in_order(eccentricity),
        "closeness": in_order(nx.closeness_centrality(graph)),
        "betweenness": in_order(nx.betweenness_centrality(graph, normalized=False)),
        "pagerank": in_order(nx.pagerank(graph, tol=1e-14, max_iter=10000)),
        "assortativity": nx.degree_pearson_correlation_coefficient(graph),
        "modularity_of_even_and_odd": nx.community.modularity(graph, halves),
        "best_louvain_modularity": max(
            nx.community.modularity(graph, nx.community.louvain_communities(graph, seed=seed)) for seed in range(20)
        ),
    }


def main():
    rows = [undirected(name, graph) for name, graph in GRAPHS.items()]
    directed = {
        "nodes": DIRECTED.number_of_nodes(),
        "edges": sorted(DIRECTED.edges()),
        "strong_components": groups(nx.strongly_connected_components(DIRECTED)),
        "pagerank": in_order(nx.pagerank(DIRECTED, tol=1e-14, max_iter=10000)),
    }
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    print(f'{{"undirected":[\n{lines}\n],\n"directed":{json.dumps(directed, separators=(",", ":"))}}}')


if __name__ == "__main__":
    main()
