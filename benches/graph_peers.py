#!/usr/bin/env python3
"""The same work on the same graphs by this project, networkx, igraph and orca-graphlets, in one run.

    make bench-graph

Graphs: Cora and PubMed from the folder that SSL4RL_DATA names, and a Barabasi-Albert graph made here. Every program gets the graph in
memory in its own form; reading and building are not measured. Programs take turns: three rounds of at least three runs each, a time is the
median of the rounds' medians. A peer that takes seconds has one round and fewer runs; the table says how many in all. Values that programs
agree on are compared. Nearly all of the time is the peers'.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import igraph
import networkx as nx
import numpy as np
from orca import orca_nodes

# The machine is not the same from one second to the next: what slows one round is outvoted by the others.
ROUNDS = 3
LEAST_SECONDS, LEAST_RUNS = 0.3, 3
# After this long no run is begun, and no other round.
MOST_SECONDS = 2
# Goals: so many times faster than each peer, wherever both do the same thing.
GOALS = {"networkx": 10, "igraph": 3}
# Work that takes a peer minutes or hours on this many edges is left out there.
SLOW_EDGES = 10_000


def largest_component(graph):
    return graph.subgraph(max(nx.connected_components(graph), key=len))


def nx_eccentricity(graph):
    parts = (graph.subgraph(part) for part in nx.connected_components(graph))
    return sum(sum(nx.eccentricity(part).values()) for part in parts)


def nx_louvain(graph):
    return nx.community.modularity(graph, nx.community.louvain_communities(graph, seed=1))


def motifs(size):
    return lambda graph: np.nansum(graph.motifs_randesu(size))


def closeness(graph):
    """igraph's closeness, with the factor for several components that networkx and we apply."""
    sizes = graph.connected_components().sizes()
    group_of = graph.connected_components().membership
    others = [sizes[group] - 1 for group in group_of]
    values = graph.closeness()
    return sum(value * share / (graph.vcount() - 1) for value, share in zip(values, others) if share)


def orbits(size):
    return lambda graph: orca_nodes(graph["edges"], num_nodes=graph["nodes"], graphlet_size=size).sum()


# Work: what each peer does for it, whether it is slow there, and whether all must come to one value.
WORKS = {
    "triangles": {
        "networkx": lambda graph: sum(nx.triangles(graph).values()) / 3,
        "igraph": lambda graph: len(graph.list_triangles()),
    },
    "transitivity": {"networkx": nx.transitivity, "igraph": lambda graph: graph.transitivity_undirected()},
    "average clustering": {
        "networkx": nx.average_clustering,
        "igraph": lambda graph: graph.transitivity_avglocal_undirected(mode="zero"),
    },
    "core numbers": {
        "networkx": lambda graph: sum(nx.core_number(graph).values()),
        "igraph": lambda graph: sum(graph.coreness()),
    },
    "components": {
        "networkx": lambda graph: sum(1 for _ in nx.connected_components(graph)),
        "igraph": lambda graph: len(graph.connected_components()),
    },
    "bridges": {"networkx": lambda graph: sum(1 for _ in nx.bridges(graph)), "igraph": lambda graph: len(graph.bridges())},
    "articulation points": {
        "networkx": lambda graph: sum(1 for _ in nx.articulation_points(graph)),
        "igraph": lambda graph: len(graph.articulation_points()),
    },
    "assortativity": {
        "networkx": nx.degree_pearson_correlation_coefficient,
        "igraph": lambda graph: graph.assortativity_degree(directed=False),
    },
    "pagerank": {
        "networkx": lambda graph: max(nx.pagerank(graph, tol=1e-10 / graph.number_of_nodes(), max_iter=1000).values()),
        "igraph": lambda graph: max(graph.pagerank()),
    },
    "eccentricity": {"networkx slow": nx_eccentricity, "igraph": lambda graph: sum(graph.eccentricity())},
    "closeness": {
        "networkx slow": lambda graph: sum(nx.closeness_centrality(graph).values()),
        "igraph": closeness,
    },
    "betweenness": {
        "networkx slow": lambda graph: sum(nx.betweenness_centrality(graph, normalized=False).values()),
        "igraph": lambda graph: sum(graph.betweenness()),
    },
    "louvain": {"networkx": nx_louvain, "igraph": lambda graph: graph.community_multilevel().modularity},
    "induced graphlets of 3 nodes": {"igraph": motifs(3)},
    "induced graphlets of 4 nodes": {"igraph": motifs(4)},
    "induced graphlets of 5 nodes": {"igraph slow": motifs(5)},
    "orbits of up to 4 nodes": {"orca-graphlets slow": orbits(4)},
    "orbits of up to 5 nodes": {"orca-graphlets slow": orbits(5)},
}
# What cannot be compared, or not quite.
NOTES = """
- The peers compute on one thread; this project on up to {threads}, where a second one has enough to do.
- Bridges and articulation points come out of one search here; each line is the time for both.
- Louvain: each program ends in a partition of its own. Only their times are compared; modularity, ours and theirs, is printed below.
- PageRank: networkx to a change of 1e-10 in all, igraph by its own linear solver, ours to 1e-10; largest ranks agree to 1e-6.
- networkx has no counts of graphlets beyond triangles. igraph counts those of one size; we count all up to that size.
- orca-graphlets is a package for Python; the C++ program ORCA by the same counts is not measured here.
- Left out, since the peer takes minutes or hours on more than {slow} edges: eccentricity, closeness and betweenness in networkx, graphlets
  of 5 nodes in igraph, orbits in orca-graphlets.
"""
# Heuristics end where they end: only the quality is comparable.
NOT_ONE_VALUE = {"louvain"}


def graphs(folder):
    """Name, number of nodes, and edges as pairs of ids."""
    for name, nodes in (("cora", 2708), ("pubmed", 19717)):
        file = Path(folder) / name / "planetoid.edges.tsv"
        if file.exists():
            yield name, nodes, [tuple(map(int, line.split("\t"))) for line in file.read_text().splitlines()]
    graph = nx.barabasi_albert_graph(10_000, 5, seed=1)
    yield "ba:n=10000,m=5", 10_000, list(graph.edges())


def measure(work, graph):
    """Median of the seconds of one round, how many runs it is of, and the value."""
    seconds, value = [], None
    while True:
        started = time.perf_counter()
        value = work(graph)
        seconds.append(time.perf_counter() - started)
        spent = sum(seconds)
        if spent > MOST_SECONDS or (spent > LEAST_SECONDS and len(seconds) >= LEAST_RUNS):
            return statistics.median(seconds), len(seconds), float(value)


def ours(binary, nodes, edges, works):
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as file:
        file.write("".join(f"{left}\t{right}\n" for left, right in edges))
        file.flush()
        out = subprocess.run([binary, file.name, str(nodes), *works], check=True, capture_output=True, text=True).stdout
    return {name: (statistics.median(got["seconds"]), len(got["seconds"]), got["value"]) for name, got in json.loads(out).items()}


def in_turns(binary, nodes, edges, works):
    """What `measure` gives in each round, by the work and the program; ours is called `ours`."""
    form_of, found = forms(nodes, edges), {}
    for _ in range(ROUNDS):
        for work, got in ours(binary, nodes, edges, works).items():
            found.setdefault((work, "ours"), []).append(got)
        for work, peer, do in ((work, peer, do) for work, peers in works.items() for peer, do in peers.items()):
            rounds = found.setdefault((work, peer), [])
            if not rounds or rounds[0][0] * rounds[0][1] <= MOST_SECONDS:
                rounds.append(measure(do, form_of[peer]))
    return found


def over_rounds(rounds):
    """Median of the seconds, how many runs there were, and the value."""
    seconds, runs, values = zip(*rounds)
    return statistics.median(seconds), sum(runs), values[-1]


def forms(nodes, edges):
    graph = nx.Graph()
    graph.add_nodes_from(range(nodes))
    graph.add_edges_from(edges)
    return {
        "networkx": graph,
        "igraph": igraph.Graph(n=nodes, edges=edges),
        "orca-graphlets": {"nodes": nodes, "edges": np.array(edges)},
    }


def wanted(arguments, edges):
    """Works and their peers, without the peers that would take minutes on so many edges."""
    for work, peers in WORKS.items():
        if arguments.work and work not in arguments.work:
            continue
        split = {key.partition(" "): do for key, do in peers.items()}
        yield work, {peer: do for (peer, _, slow), do in split.items() if not slow or edges <= SLOW_EDGES}


def compare(arguments):
    print("| graph | work | ours, ms | peer | peer, ms | its runs | times faster |\n|---|---|---:|---|---:|---:|---:|")
    missed, modularity = [], []
    if not arguments.data:
        print("SSL4RL_DATA is unset: only the generated graph is measured", file=sys.stderr)
    for graph, nodes, edges in graphs(arguments.data):
        if arguments.only and graph != arguments.only:
            continue
        works = dict(wanted(arguments, len(edges)))
        found = {key: over_rounds(rounds) for key, rounds in in_turns(arguments.binary, nodes, edges, works).items()}
        for work, peer in ((work, peer) for work, peers in works.items() for peer in peers):
            own, _, own_value = found[work, "ours"]
            theirs, runs, value = found[work, peer]
            factor = theirs / own
            times = f"{own * 1e3:.3f} | {peer} | {theirs * 1e3:.3f}"
            print(f"| {graph} | {work} | {times} | {runs} | {factor:.1f} |", flush=True)
            if work in NOT_ONE_VALUE:
                modularity.append(f"- {graph}, {work}: {own_value:.4f} here, {value:.4f} in {peer}")
            elif not math.isclose(own_value, value, rel_tol=1e-6, abs_tol=1e-9):
                missed.append(f"{graph}, {work}: {own_value} here, {value} in {peer}")
            if factor < GOALS.get(peer, 1):
                missed.append(f"{graph}, {work}: {factor:.1f} times faster than {peer}, not {GOALS.get(peer, 1)}")
    print(NOTES.format(threads=f"{os.cpu_count()} threads", slow=SLOW_EDGES), *modularity, sep="\n")
    print(*(["", "All goals are met."] if not missed else ["", "Missed:", *(f"- {line}" for line in missed)]), sep="\n")
    return bool(missed)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, help="the example graph_work")
    parser.add_argument("--data", default=os.environ.get("SSL4RL_DATA", ""), help="folder with cora/ and pubmed/")
    parser.add_argument("--only", help="one of the graphs alone")
    parser.add_argument("--work", action="append", help="one kind of work alone; may be repeated")
    sys.exit(compare(parser.parse_args()))


if __name__ == "__main__":
    main()
