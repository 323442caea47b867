//! The published answers of `NLGraph` against verifiers that read nothing but the question.
#![expect(clippy::print_stderr, reason = "a test says when it checks nothing")]

use std::path::PathBuf;

use ssl4rl_graph::eval::nlgraph::{KINDS, kind, read_file};

/// Sizes of the test and training files, as the dataset's description counts them.
const SIZES: [(&str, usize, usize); 8] = [
    ("connectivity", 371, 1861),
    ("cycle", 191, 959),
    ("topology", 135, 675),
    ("shortest_path", 64, 316),
    ("flow", 58, 292),
    ("matching", 84, 426),
    ("hamilton", 58, 292),
    ("GNN", 39, 201),
];

#[test]
fn every_published_answer_is_verified() {
    let Some(folder) = std::env::var_os("SSL4RL_DATA").map(PathBuf::from) else {
        eprintln!("SSL4RL_DATA is not set: nothing is checked");
        return;
    };
    assert_eq!(KINDS.map(|kind| kind.name), SIZES.map(|(name, ..)| name));
    for (name, test, train) in SIZES {
        for (file, count) in [("test.json", test), ("train.json.gz", train)] {
            let published = read_file(&folder.join("nlgraph").join(name).join(file)).unwrap();
            assert_eq!(published.len(), count, "{name}/{file}");
            let problems: Vec<_> =
                published.iter().map(|published| kind(name).unwrap().read(&published.question).unwrap()).collect();
            for (published, problem) in published.iter().zip(&problems) {
                let verdict = problem.verify(&published.answer);
                assert!(verdict.exact, "{name}: {} {verdict:?}\n{}", published.answer, published.question);
            }
            // Another question's answer fits by accident at most, except where only two or few answers exist.
            let moved = problems.iter().zip(published.iter().cycle().skip(1));
            let right = moved.filter(|(problem, other)| problem.verify(&other.answer).exact).count();
            let most = match name {
                "connectivity" | "cycle" => count * 6 / 10,
                "flow" | "matching" => count / 5,
                _ => count / 10,
            };
            assert!(right <= most, "{name}/{file}: {right} of {count} answers to other questions are right");
        }
    }
}

#[test]
fn wrong_answers_are_told_apart() {
    let path = "In an undirected graph, the nodes are numbered from 0 to 3, and the edges are:\n\
                an edge between node 0 and node 1 with weight 1,\nan edge between node 1 and node 2 with weight 1,\n\
                an edge between node 0 and node 2 with weight 5.\nQ: Give the shortest path from node 0 to node 2.\nA:";
    let problem = kind("shortest_path").unwrap().read(path).unwrap();
    assert!(problem.verify("0,1,2").exact);
    let detour = problem.verify("0,2");
    assert!(!detour.exact && (detour.score - 0.4).abs() < 1e-6, "{detour:?}");
    for answer in ["2,1,0", "0,3,2", "1,2", "0,1,2 or 0,2", "", "2"] {
        assert!(problem.verify(answer).score <= 0.0, "{answer}");
    }

    let flow = "In a directed graph, the nodes are numbered from 0 to 2, and the edges are:\n\
                an edge from node 0 to node 1 with capacity 4,\nan edge from node 1 to node 2 with capacity 3.\n\
                Q: What is the maximum flow from node 0 to node 2?\nA:";
    let problem = kind("flow").unwrap().read(flow).unwrap();
    assert!(problem.verify("3").exact && problem.verify("The maximum flow from node 0 to node 2 is 3.").exact);
    assert!(!problem.verify("3 or 4").exact && !problem.verify("0").exact && problem.verify("none").parsed.is_none());

    let cycle =
        "The nodes are numbered from 0 to 2, and the edges are: (0,1) (1,2)\nQ: Is there a cycle in this graph?\nA:";
    let problem = kind("cycle").unwrap().read(cycle).unwrap();
    assert!(problem.verify("no").exact && !problem.verify("yes").exact && !problem.verify("yes and no").exact);

    let jobs = "There are 2 job applicants numbered from 0 to 1, and 2 jobs numbered from 0 to 1. …\n\
                Applicant 0 is interested in job 0.\nApplicant 0 is interested in job 1.\nApplicant 1 is interested in job 0.\n\
                Q: Find an assignment.\nA:";
    let problem = kind("matching").unwrap().read(jobs).unwrap();
    assert!(problem.verify("applicant 0: job 1, applicant 1: job 0").exact);
    assert!((problem.verify("applicant 0: job 0").score - 0.5).abs() < 1e-6);
    for answer in
        ["applicant 1: job 1", "applicant 0: job 0, applicant 1: job 0", "applicant 0: job 0, applicant 0: job 1"]
    {
        assert!(problem.verify(answer).score <= 0.0, "{answer}");
    }
}
