//! Named datasets, their files and the strict readers.
