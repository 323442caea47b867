//! Nodes as accounts (`GraphQA`): `Ada and Ben are connected.`; arrows read `Ada follows Ben there.`

use super::sentences::Sentences;

/// The encoder `social-network`.
pub(super) const SOCIAL_NETWORK: Sentences = Sentences {
    name: "social-network",
    header: "Social network of",
    mutual: [" and ", " are connected"],
    one_way: [" follows ", " there"],
};
