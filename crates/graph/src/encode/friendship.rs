//! Nodes as people (`GraphQA`): `Ada and Ben are friends.`; arrows read `Ada calls Ben a friend.`

use super::sentences::Sentences;

/// The encoder `friendship`.
pub(super) const FRIENDSHIP: Sentences = Sentences {
    name: "friendship",
    header: "Friendship graph of",
    mutual: [" and ", " are friends"],
    one_way: [" calls ", " a friend"],
};
