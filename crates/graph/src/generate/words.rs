//! Topics for synthetic node attributes: plain English nouns, no word in two topics.

/// A topic and its words.
pub(super) struct Topic {
    pub(super) name: &'static str,
    pub(super) words: [&'static str; 20],
}

/// Words that belong to no topic.
pub(super) const SHARED: [&str; 20] = [
    "method", "result", "study", "change", "group", "time", "value", "case", "part", "form", "way", "kind", "reason",
    "question", "answer", "example", "report", "plan", "idea", "place",
];

/// Every topic.
pub(super) const TOPICS: [Topic; 10] = [
    Topic {
        name: "garden",
        words: [
            "seed",
            "soil",
            "root",
            "leaf",
            "flower",
            "hedge",
            "tulip",
            "compost",
            "spade",
            "pollen",
            "bulb",
            "moss",
            "fern",
            "rose",
            "lawn",
            "weed",
            "orchard",
            "petal",
            "stem",
            "greenhouse",
        ],
    },
    Topic {
        name: "sea",
        words: [
            "tide",
            "wave",
            "reef",
            "harbour",
            "sail",
            "anchor",
            "whale",
            "coral",
            "salt",
            "island",
            "shore",
            "gull",
            "current",
            "lagoon",
            "mast",
            "crab",
            "kelp",
            "pier",
            "dolphin",
            "lighthouse",
        ],
    },
    Topic {
        name: "kitchen",
        words: [
            "bread", "butter", "oven", "flour", "soup", "knife", "spice", "onion", "sugar", "cheese", "pan", "yeast",
            "recipe", "garlic", "honey", "dough", "pepper", "broth", "spoon", "kettle",
        ],
    },
    Topic {
        name: "music",
        words: [
            "violin",
            "melody",
            "rhythm",
            "choir",
            "piano",
            "chord",
            "drum",
            "opera",
            "flute",
            "song",
            "tempo",
            "organ",
            "cello",
            "harmony",
            "trumpet",
            "concert",
            "tune",
            "lyric",
            "guitar",
            "orchestra",
        ],
    },
    Topic {
        name: "sky",
        words: [
            "star",
            "planet",
            "comet",
            "orbit",
            "moon",
            "telescope",
            "galaxy",
            "meteor",
            "eclipse",
            "gravity",
            "nebula",
            "dust",
            "rocket",
            "crater",
            "aurora",
            "quasar",
            "spectrum",
            "solstice",
            "probe",
            "asteroid",
        ],
    },
    Topic {
        name: "medicine",
        words: [
            "fever",
            "nurse",
            "vaccine",
            "blood",
            "heart",
            "bone",
            "lung",
            "surgeon",
            "pulse",
            "tablet",
            "virus",
            "nerve",
            "clinic",
            "bandage",
            "muscle",
            "kidney",
            "dose",
            "therapy",
            "symptom",
            "infection",
        ],
    },
    Topic {
        name: "law",
        words: [
            "court",
            "judge",
            "jury",
            "trial",
            "statute",
            "contract",
            "lawyer",
            "verdict",
            "appeal",
            "witness",
            "crime",
            "treaty",
            "clause",
            "police",
            "prison",
            "oath",
            "tribunal",
            "evidence",
            "plaintiff",
            "licence",
        ],
    },
    Topic {
        name: "building",
        words: [
            "brick", "roof", "beam", "cement", "window", "tower", "arch", "wall", "mortar", "timber", "bridge",
            "plaster", "column", "stair", "tile", "crane", "cellar", "chimney", "scaffold", "facade",
        ],
    },
    Topic {
        name: "trade",
        words: [
            "market", "price", "loan", "bank", "profit", "tax", "coin", "merchant", "cargo", "wage", "debt", "tariff",
            "auction", "ledger", "export", "budget", "customer", "factory", "currency", "interest",
        ],
    },
    Topic {
        name: "sport",
        words: [
            "goal",
            "coach",
            "racket",
            "medal",
            "sprint",
            "league",
            "referee",
            "stadium",
            "match",
            "swimmer",
            "boxer",
            "hurdle",
            "score",
            "champion",
            "jersey",
            "penalty",
            "marathon",
            "wrestler",
            "tournament",
            "trainer",
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_appears_twice() {
        let mut words: Vec<&str> = TOPICS.iter().flat_map(|topic| topic.words).chain(SHARED).collect();
        words.sort_unstable();
        let count = words.len();
        words.dedup();
        assert_eq!((words.len(), count), (220, 220));
    }
}
