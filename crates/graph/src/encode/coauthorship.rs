//! Nodes as authors (`GraphQA`): `Ada and Ben wrote a paper together.`; arrows read `Ada cites Ben in a paper.`

use super::sentences::Sentences;

/// The encoder `coauthorship`.
pub(super) const COAUTHORSHIP: Sentences = Sentences {
    name: "coauthorship",
    header: "Co-authorship graph of",
    mutual: [" and ", " wrote a paper together"],
    one_way: [" cites ", " in a paper"],
};
