//! Runnable examples of `datus-store`; see `README.md` beside this package. The library itself is empty.
