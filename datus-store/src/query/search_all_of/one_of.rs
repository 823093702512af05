//! Tuples of searches, and the rows that they return.

use serde::Serialize;

use super::request::{Found, OneSearch, Request};
use crate::error::Result;
use crate::query::Hit;

/// A tuple of 2 to 6 searches, which [`search_all_of`](super::search_all_of) runs concurrently.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tuple of 2 to 6 searches",
    label = "expected a tuple of searches",
    note = "write the searches in double parentheses: `search_all_of((tables.search(question), metrics.search(question)))`"
)]
pub trait Searches {
    /// The row of a hit: an [`Of2`] to [`Of6`].
    type Row: Send + 'static;

    /// Converts the searches to untyped ones, in order.
    #[doc(hidden)]
    fn into_requests(self) -> Vec<Request>;

    /// Decodes the rows of all searches, in order.
    ///
    /// # Errors
    /// `Decode` when the Rust type cannot represent a stored value.
    #[doc(hidden)]
    fn decode(found: &[Found]) -> Result<Vec<Hit<Self::Row>>>;
}

/// Defines the row type for the given number of searches, and implements `Searches` for a tuple of that length.
macro_rules! searches {
    ($name:ident, $count:literal: $($search:ident = $number:literal),+) => {
        #[doc = concat!("A row of one of ", $count, " searches: the record of a hit of [`search_all_of`](super::search_all_of).")]
        ///
        /// Serde serializes it as the row itself.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(untagged)]
        pub enum $name<$($search),+> {
            $(
                #[doc = concat!("A row of the ", $number, " search.")]
                $search($search),
            )+
        }

        impl<$($search: OneSearch),+> Searches for ($($search,)+) {
            type Row = $name<$($search::Row),+>;

            #[allow(non_snake_case, reason = "a search has the name of its type")]
            fn into_requests(self) -> Vec<Request> {
                let ($($search,)+) = self;
                vec![$($search.into_request()),+]
            }

            fn decode(found: &[Found]) -> Result<Vec<Hit<Self::Row>>> {
                let (mut found, mut hits) = (found.iter(), Vec::new());
                $(
                    if let Some(found) = found.next() {
                        hits.extend($search::decode(found)?.into_iter().map(|hit| hit.map($name::$search)));
                    }
                )+
                Ok(hits)
            }
        }
    };
}

searches!(Of2, "two": A = "first", B = "second");
searches!(Of3, "three": A = "first", B = "second", C = "third");
searches!(Of4, "four": A = "first", B = "second", C = "third", D = "fourth");
searches!(Of5, "five": A = "first", B = "second", C = "third", D = "fourth", E = "fifth");
searches!(Of6, "six": A = "first", B = "second", C = "third", D = "fourth", E = "fifth", F = "sixth");
