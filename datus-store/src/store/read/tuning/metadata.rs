//! Stores the measurement of an index as text in the metadata of its vector column.

use std::collections::HashMap;

use super::{FilteredMeasurement, IndexTuning, Measurement, QueryKind};
use crate::backend::SearchParams;
use crate::record::VectorIndex;

/// The prefix of the pairs for the measurement with filters.
const FILTERED: &str = "filtered_";

impl IndexTuning {
    /// Returns the text for the metadata of the vector column. Earlier versions of this crate can read it, and ignore the
    /// pairs that they do not support.
    pub(in crate::store) fn to_text(self) -> String {
        let Self { kind, partitions, built, rows, target, at, query_kind, measured, filtered } = self;
        let measured = pairs_of(&measured, "");
        let filtered = filtered.map(|FilteredMeasurement { measured, filters, fingerprint }| {
            let measured = pairs_of(&measured, FILTERED);
            format!(",{measured},{FILTERED}filters={filters},{FILTERED}fingerprint={fingerprint}")
        });
        format!(
            "kind={},partitions={partitions},built={built},rows={rows},{measured},target={target},at={at},query_kind={}{}",
            kind.name(),
            query_kind.name(),
            filtered.unwrap_or_default()
        )
    }

    pub(in crate::store) fn from_text(text: &str) -> Option<Self> {
        let pairs: Pairs<'_> = text.split(',').filter_map(|pair| pair.split_once('=')).collect();
        Some(Self {
            kind: VectorIndex::from_name(pairs.get("kind")?)?,
            partitions: number::<usize>(&pairs, "partitions")?.max(1),
            built: number(&pairs, "built")?,
            rows: number(&pairs, "rows")?,
            target: number(&pairs, "target")?,
            at: number(&pairs, "at")?,
            query_kind: QueryKind::from_name(pairs.get("query_kind").copied().unwrap_or_default()),
            measured: measurement(&pairs, "")?,
            filtered: filtered(&pairs),
        })
    }
}

type Pairs<'a> = HashMap<&'a str, &'a str>;

fn pairs_of(measurement: &Measurement, prefix: &str) -> String {
    let Measurement { params: SearchParams { nprobes, refine_factor, ef }, recall, error, queries } =
        measurement;
    let ef = ef.map(|ef| format!(",{prefix}ef={ef}")).unwrap_or_default();
    let error = error.map(|error| format!(",{prefix}error={error:.4}")).unwrap_or_default();
    format!(
        "{prefix}probes={nprobes},{prefix}refine={refine_factor}{ef},{prefix}recall={recall:.4}{error},\
         {prefix}queries={queries}"
    )
}

fn number<T: std::str::FromStr>(pairs: &Pairs<'_>, name: &str) -> Option<T> {
    pairs.get(name)?.parse().ok()
}

fn measurement(pairs: &Pairs<'_>, prefix: &str) -> Option<Measurement> {
    let name = |name: &str| format!("{prefix}{name}");
    Some(Measurement {
        params: SearchParams {
            nprobes: number::<usize>(pairs, &name("probes"))?.max(1),
            refine_factor: number::<u32>(pairs, &name("refine"))?.max(1),
            ef: number(pairs, &name("ef")),
        },
        recall: number(pairs, &name("recall"))?,
        error: number(pairs, &name("error")),
        queries: number(pairs, &name("queries"))?,
    })
}

fn filtered(pairs: &Pairs<'_>) -> Option<FilteredMeasurement> {
    let name = |name: &str| format!("{FILTERED}{name}");
    Some(FilteredMeasurement {
        measured: measurement(pairs, FILTERED)?,
        filters: number(pairs, &name("filters"))?,
        fingerprint: number(pairs, &name("fingerprint"))?,
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Returns a measurement without filters.
    pub(in crate::store::read::tuning) fn tuning(ef: Option<usize>) -> IndexTuning {
        IndexTuning {
            kind: VectorIndex::IvfPq,
            partitions: 12,
            built: 900,
            rows: 1000,
            target: 0.95,
            at: 10,
            query_kind: QueryKind::SampledWords,
            measured: Measurement {
                params: SearchParams { nprobes: 3, refine_factor: 4, ef },
                recall: 0.9625,
                error: Some(0.0071),
                queries: 100,
            },
            filtered: None,
        }
    }

    #[test]
    fn a_measurement_is_read_as_it_was_written() {
        for ef in [None, Some(64)] {
            let plain = tuning(ef);
            let measured = Measurement {
                params: SearchParams { nprobes: 9, refine_factor: 2, ef },
                recall: 0.951,
                error: None,
                queries: 80,
            };
            let filtered = Some(FilteredMeasurement { measured, filters: 2, fingerprint: u64::MAX });
            for tuning in [plain, IndexTuning { filtered, query_kind: QueryKind::UserQueries, ..plain }] {
                assert_eq!(IndexTuning::from_text(&tuning.to_text()), Some(tuning), "{}", tuning.to_text());
            }
        }
        assert_eq!(IndexTuning::from_text("kind=ivf_pq"), None);
        assert_eq!(IndexTuning::from_text(""), None);
    }

    /// The text was written by an earlier version.
    #[test]
    fn a_measurement_of_an_earlier_version_is_read() {
        let text = "kind=ivf_pq,partitions=12,built=900,rows=1000,probes=3,refine=4,ef=64,recall=0.9625,target=0.95,\
                    at=10,queries=100";
        let plain = tuning(Some(64));
        let measured = Measurement { error: None, ..plain.measured };
        assert_eq!(
            IndexTuning::from_text(text),
            Some(IndexTuning { measured, query_kind: QueryKind::Unknown, ..plain })
        );
    }
}
