//! Runnable examples of `datus-store`, described in `README.md` of this package. The library itself is empty.
