//! What needs no model: the scores that a downstream result has to be compared with, computed by the program itself.
//!
//! - [`labels`]: majority class, label propagation, vote of the neighbours' labels
//! - [`words`]: naive Bayes on words, alone and propagated
//! - [`triples`]: relation frequency, the reversed-pair rule, a constant
//! - [`links`]: common neighbours, Adamic-Adar, product of degrees

pub mod labels;
pub mod links;
pub mod triples;
pub mod words;
