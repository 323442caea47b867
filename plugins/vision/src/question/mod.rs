//! What image questions share: the prompt, the paper's own construction, checks of knobs, and answers of their own kind.
//!
//! A prompt is the pictures first, then the text, as in the paper (one picture a blob, no text between).
//!
//! - [`Show`]: how pictures are shown and the answer is asked for
//! - [`Grid`]: a picture in cells
//! - [`shuffled_pictures`], [`numbered`]: one picture among several
//! - [`Reworded`]: a choice whose options have other names
//! - [`Tiles`], [`NumberSet`], [`Boxes`]: verifiers of tile orders, sets of numbers, rectangles
//! - [`Paper`], [`Either`], [`Construction`]: the paper's own making and scoring

mod boxes;
mod candidates;
mod either;
mod grid;
pub mod knobs;
mod numbers;
mod paper;
mod prompt;
mod reworded;
mod tiles;

pub use boxes::{BoxTruth, Boxes, overlap_over_union};
pub use candidates::{numbered, shuffled_pictures};
pub use either::{Either, EitherTruth};
pub use grid::{Grid, nearly_equal};
pub use numbers::{NumberSet, NumberSetTruth};
pub use paper::{Paper, PaperTruth};
pub use prompt::{Construction, MEDIA_TYPE, Show, prompt, too_few};
pub use reworded::{Axes, Initials, Places, Reworded, Rewording};
pub use tiles::{TileCredit, TileTruth, Tiles};
