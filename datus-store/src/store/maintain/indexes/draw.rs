//! Pure functions that sample queries from stored rows.

use std::collections::HashSet;

use crate::model::ModelKind;

/// A query for a measurement.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Query {
    pub(super) vector: Vec<f32>,
    /// The row that the vector was taken from, which is not counted as found. `None` if it is not a stored vector.
    pub(super) own: Option<u64>,
}

/// Returns the lengths of the queries in words. Each length is measured separately, and the lowest recall counts.
///
/// Queries that are unlike the rows need more partitions. The table shows how many of 12 partitions a search has to read to
/// find 0.95 of the 10 nearest rows:
///
/// | texts and model | real questions | one word of a row | five words |
/// |---|--:|--:|--:|
/// | 50,000 tables of Spider, `HashingModel` | 9 | 8 | 4 |
/// | 50,000 sentences of Cranfield, `HashingModel` | 7 | 9 | 9 |
/// | 4,000 tables of Spider, all-MiniLM-L6-v2 | 5 | 8 | 6 |
/// | 4,000 sentences of Cranfield, all-MiniLM-L6-v2 | 5 | 6 | 7 |
///
/// So for lexical models, one-word queries are measured too, because a question may share only one or two words with a row.
pub(super) fn lengths(kind: ModelKind) -> &'static [usize] {
    match kind {
        ModelKind::Lexical => &[1, 5],
        ModelKind::Neural => &[5],
    }
}

/// The minimum number of distinct words that a query is drawn from. A query with all words of a text would be identical to
/// it.
const POOL: usize = 10;
/// The maximum number of texts that one query is drawn from.
const TEXTS: usize = 10;
/// The maximum length of a word in characters. Longer words are split into pieces, since text in a script without spaces
/// would otherwise be one long word.
const LONG: usize = 20;
/// The length in characters of each piece of a long word.
const PIECE: usize = 4;

/// Returns up to `count` queries. Each consists of `length` words that are drawn from one text, or from several short texts,
/// without repetition and in the order of the text.
pub(super) fn draw(texts: &[&str], count: usize, length: usize, seed: u64) -> Vec<String> {
    let mut random = fastrand::Rng::with_seed(seed);
    let draws = if texts.is_empty() { 0 } else { count };
    let drawn = (0..draws).filter_map(|query| {
        let (mut pool, mut seen): (Vec<&str>, HashSet<&str>) = Default::default();
        let from = texts.iter().cycle().skip(query % texts.len()).take(TEXTS.min(texts.len()));
        for text in from {
            pool.extend(words(text).filter(|word| seen.insert(word)));
            if pool.len() >= POOL {
                break;
            }
        }
        let mut positions = random.choose_multiple(0..pool.len(), length);
        positions.sort_unstable();
        let drawn: Vec<&str> = positions.iter().filter_map(|position| pool.get(*position).copied()).collect();
        (!drawn.is_empty()).then(|| drawn.join(" "))
    });
    drawn.collect()
}

/// Returns the words of a text: runs of letters and digits. Long runs are split into pieces.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .flat_map(pieces)
}

fn pieces(word: &str) -> Vec<&str> {
    let starts: Vec<usize> = word.char_indices().map(|(start, _)| start).collect();
    if starts.len() <= LONG {
        return vec![word];
    }
    let starts: Vec<usize> = starts.into_iter().step_by(PIECE).collect();
    let ends = starts.iter().copied().skip(1).chain([word.len()]);
    starts.iter().zip(ends).filter_map(|(start, end)| word.get(*start..end)).collect()
}

/// Returns the sampled vectors as queries. Every second vector is replaced by the midpoint between it and the vector before
/// it.
///
/// A stored vector has its nearest rows in its own partition, so one partition is enough to find them. A midpoint is less
/// similar to the rows. A real query is even less similar to them.
pub(super) fn with_midpoints(sampled: Vec<(u64, Vec<f32>)>) -> Vec<Query> {
    let mut queries: Vec<Query> = Vec::with_capacity(sampled.len());
    let mut before: Option<Vec<f32>> = None;
    for (row, vector) in sampled {
        match before.take() {
            None => {
                before = Some(vector.clone());
                queries.push(Query { vector, own: Some(row) });
            }
            Some(other) => {
                let middle: Vec<f32> =
                    vector.iter().zip(&other).map(|(a, b)| f32::midpoint(*a, *b)).collect();
                // The midpoint of opposite vectors has no direction.
                let is_zero = middle.iter().all(|component| component.abs() <= f32::EPSILON);
                queries.push(match is_zero {
                    true => Query { vector, own: Some(row) },
                    false => Query { vector: middle, own: None },
                });
            }
        }
    }
    queries
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_query_has_five_different_words_of_one_text_in_their_order() {
        let text =
            "CREATE TABLE orders (customer_id INT, paid BOOL, customer_name TEXT, region TEXT, total INT)";
        let all: Vec<&str> = words(text).collect();
        let queries = draw(&[text], 40, 5, 1);
        assert_eq!(queries.len(), 40);
        for query in &queries {
            let drawn: Vec<&str> = query.split(' ').collect();
            let different: BTreeSet<&str> = drawn.iter().copied().collect();
            assert_eq!((drawn.len(), different.len()), (5, 5), "{query}");
            let positions: Vec<Option<usize>> =
                drawn.iter().map(|word| all.iter().position(|other| other == word)).collect();
            assert!(positions.iter().all(Option::is_some) && positions.is_sorted(), "{query}");
        }
        assert!(queries.iter().collect::<BTreeSet<_>>().len() > 20, "{queries:?}");
        assert_eq!(draw(&[text], 40, 5, 1), queries, "a measurement can be repeated");
    }

    #[test]
    fn each_text_is_used_in_turn() {
        let texts = ["a b c d e f g h i j", "k l m n o p q r s t"];
        let first: Vec<bool> =
            draw(&texts, 4, 5, 1).iter().map(|query| query.chars().all(|c| c <= 'j')).collect();
        assert_eq!(first, [true, false, true, false]);
    }

    #[test]
    fn lexical_models_are_measured_with_one_word_too() {
        assert_eq!(lengths(ModelKind::Lexical), [1, 5]);
        assert_eq!(lengths(ModelKind::Neural), [5]);
    }

    #[test]
    fn a_query_can_have_one_word() {
        let queries = draw(&["a b c d e f g h i j"], 40, 1, 1);
        assert!(queries.iter().all(|query| query.len() == 1), "{queries:?}");
        assert!(queries.iter().collect::<BTreeSet<_>>().len() > 5, "{queries:?}");
    }

    /// With two words in each text, a query drawn from one text would be identical to it.
    #[test]
    fn a_query_of_short_texts_has_words_of_several() {
        let texts = [
            "point 1", "point 2", "point 3", "point 4", "point 5", "point 6", "point 7", "point 8", "point 9",
        ];
        for query in draw(&texts, 9, 5, 1) {
            assert!(query.split(' ').count() == 5 && !texts.contains(&query.as_str()), "{query}");
        }
        assert_eq!(draw(&["tea"], 2, 5, 1), ["tea", "tea"]);
        assert!(draw(&["—", "…"], 2, 5, 1).is_empty());
        assert!(draw(&[], 2, 5, 1).is_empty());
    }

    #[test]
    fn a_text_without_spaces_is_cut_into_pieces() {
        let text = "数据库中的订单表保存了每个客户的所有订单以及付款状态";
        let query = draw(&[text], 1, 5, 1).remove(0);
        assert!(query.split(' ').all(|piece| (1..=PIECE).contains(&piece.chars().count())), "{query}");
        assert_eq!(
            words("customer_order_id: HTTPServerError").collect::<Vec<_>>(),
            ["customer", "order", "id", "HTTPServerError"]
        );
    }

    #[test]
    fn every_second_query_is_the_midpoint_of_two_rows() {
        let row = |x: f32, y: f32| vec![x, y];
        let sampled = vec![
            (1, row(1.0, 0.0)),
            (2, row(0.0, 1.0)),
            (3, row(1.0, 0.0)),
            (4, row(-1.0, 0.0)),
            (5, row(0.0, 2.0)),
        ];
        let expected = [
            (Some(1), row(1.0, 0.0)),
            (None, row(0.5, 0.5)),
            (Some(3), row(1.0, 0.0)),
            (Some(4), row(-1.0, 0.0)),
            (Some(5), row(0.0, 2.0)),
        ];
        let expected = expected.map(|(own, vector)| Query { vector, own });
        assert_eq!(with_midpoints(sampled), expected);
    }
}
