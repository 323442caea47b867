//! Memory of pictures that are gone, kept for those that come.
//!
//! Every question takes and frees a few buffers of a picture's size. The C library of Linux gives what is freed at the end of its memory back to
//! the system once that is more than twice the largest block it has seen freed, and the system then hands out the same pages anew, one
//! fault each: more time than the question itself takes. One large block, freed before the first question, raises the bound.

use std::hint::black_box;

/// A little below the largest block that raises the bound, 32 MiB with its head.
const BLOCK: usize = (32 << 20) - (64 << 10);

/// Has pictures of up to a third of 64 MiB come and go without the system being asked. No page of the block is ever touched.
pub(super) fn keep() {
    drop(black_box(Vec::<u8>::with_capacity(BLOCK)));
}
