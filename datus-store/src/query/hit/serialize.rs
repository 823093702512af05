//! Serialization of hits with serde, for example as the JSON response of a service.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::{Explanation, Hit, Score};
use crate::record::Metric;

impl<T: Serialize> Serialize for Hit<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let highlights = usize::from(!self.highlights.is_empty());
        let table = usize::from(self.table.is_some());
        let mut hit = serializer.serialize_struct("Hit", 4 + highlights + table)?;
        if let Some(table) = &self.table {
            hit.serialize_field("table", &**table)?;
        }
        hit.serialize_field("record", &self.record)?;
        hit.serialize_field("score", &self.score)?;
        hit.serialize_field("nearest", &self.legs.nearest)?;
        hit.serialize_field("full_text", &self.legs.full_text)?;
        if highlights > 0 {
            hit.serialize_field("highlights", &self.highlights)?;
        }
        hit.end()
    }
}

impl Serialize for Score {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (kind, detail) = match self {
            Self::Distance { metric, .. } => ("distance", Some(("metric", metric.name()))),
            Self::Bm25(_) => ("bm25", None),
            Self::Fused { by, .. } => ("fused", Some(("by", &**by))),
            Self::Reranked { by, .. } => ("reranked", Some(("by", &**by))),
        };
        let mut score = serializer.serialize_struct("Score", 2 + usize::from(detail.is_some()))?;
        score.serialize_field("kind", kind)?;
        score.serialize_field("value", &self.value())?;
        if let Some((name, value)) = detail {
            score.serialize_field(name, value)?;
        }
        score.end()
    }
}

impl Serialize for Explanation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut explanation = serializer.serialize_struct("Explanation", 5)?;
        explanation.serialize_field("score", &self.score)?;
        explanation.serialize_field("nearest", &self.nearest)?;
        explanation.serialize_field("metric", &self.metric.map(Metric::name))?;
        explanation.serialize_field("full_text", &self.full_text)?;
        explanation.serialize_field("terms", &self.terms)?;
        explanation.end()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::super::Legs;
    use super::*;
    use crate::rerank::{Leg, ScoreTerm};

    fn json(score: Score, nearest: Option<Leg>, full_text: Option<Leg>) -> serde_json::Value {
        let mut hit = Hit::new("a row", score);
        hit.legs = Legs { nearest, full_text, ..Legs::default() };
        serde_json::to_value(hit).unwrap()
    }

    #[test]
    fn a_hit_serializes_its_row_its_score_and_its_rank_in_each_leg() {
        let (nearest, full_text) = (Some(Leg::new(1, 0.25)), Some(Leg::new(7, 3.5)));
        assert_eq!(
            json(Score::Distance { value: 0.25, metric: Metric::Cosine }, nearest, None),
            json!({
                "record": "a row",
                "score": { "kind": "distance", "value": 0.25, "metric": "cosine" },
                "nearest": { "rank": 1, "score": 0.25 },
                "full_text": null
            })
        );
        assert_eq!(json(Score::Bm25(3.5), None, full_text)["score"], json!({ "kind": "bm25", "value": 3.5 }));
        let fused = json(Score::Fused { value: 0.5, by: Arc::from("rrf") }, nearest, full_text);
        assert_eq!(fused["score"], json!({ "kind": "fused", "value": 0.5, "by": "rrf" }));
        assert_eq!(fused["full_text"], json!({ "rank": 7, "score": 3.5 }));
        let reranked = json(Score::Reranked { value: 1.0, by: Arc::from("mmr") }, nearest, None);
        assert_eq!(reranked["score"], json!({ "kind": "reranked", "value": 1.0, "by": "mmr" }));
        let highlight = crate::query::Highlight::new("body", "a soup", 7, std::iter::once(2..6).collect());
        let hit = Hit::new("a row", Score::Bm25(1.0)).with_highlights(vec![highlight]);
        assert_eq!(
            serde_json::to_value(hit).unwrap()["highlights"],
            json!([{
                "column": "body", "text": "a soup", "start": 7, "ranges": [{ "start": 2, "end": 6 }],
                "continues": false
            }])
        );
    }

    #[test]
    fn an_explanation_serializes_the_metric_and_the_terms() {
        let explanation = Explanation {
            score: Score::Distance { value: 0.5, metric: Metric::L2 },
            nearest: Some(Leg::new(2, 0.5)),
            metric: Some(Metric::L2),
            full_text: None,
            terms: vec![ScoreTerm::new("stars * 2", 0.25)],
        };
        assert_eq!(
            serde_json::to_value(explanation).unwrap(),
            json!({
                "score": { "kind": "distance", "value": 0.5, "metric": "l2" },
                "nearest": { "rank": 2, "score": 0.5 },
                "metric": "l2",
                "full_text": null,
                "terms": [{ "name": "stars * 2", "value": 0.25 }]
            })
        );
    }
}
