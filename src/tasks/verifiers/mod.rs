//! Answer checkers.
