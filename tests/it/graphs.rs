//! Laws of `Graph` and its generators, and the random graphs that other areas test with.
