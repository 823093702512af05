use super::{Embedded, Embedding, IntoRow};
use crate::model::{Dynamic, ModelTag};
use crate::{EmbeddingRecord, ErrorKind};

struct Tiny;

impl ModelTag for Tiny {
    const ID: &'static str = "tiny";
    const DIMENSION: usize = 2;
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(crate = crate)]
struct Note {
    #[datus(embed(model = Tiny))]
    text: String,
}

fn note() -> Note {
    Note { text: "a".to_owned() }
}

#[test]
fn a_vector_has_the_dimension_of_its_tag() {
    let vector = Embedding::<Tiny>::new([0.5, 1.0]).unwrap();
    assert_eq!((vector.model(), vector.values()), ("tiny", &[0.5, 1.0][..]));
    assert_eq!(format!("{vector:?}"), "Embedding(tiny, 2 values)");
    assert_eq!(vector.clone().into_values(), [0.5, 1.0]);
    assert_eq!(vector.into_dynamic(), Embedding::of("tiny", [0.5, 1.0]));
    for wrong in [vec![0.5], vec![0.5; 3]] {
        let error = Embedding::<Tiny>::new(wrong).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains("`tiny` has 2 values"), "{error}");
    }
}

#[test]
fn vectors_are_equal_if_their_model_and_their_values_are() {
    let vector = |model: &str, values: [f32; 2]| Embedding::<Dynamic>::of(model, values);
    assert!(vector("a", [0.5, 1.0]) == vector("a", [0.5, 1.0]));
    assert!(vector("a", [0.5, 1.0]) != vector("b", [0.5, 1.0]));
    assert!(vector("a", [0.5, 1.0]) != vector("a", [0.5, 0.0]));
}

#[test]
fn a_row_is_a_record_with_or_without_its_vectors() {
    let vector = Embedding::<Tiny>::new([0.5, 1.0]).unwrap();
    let embedded = Embedded::new(note(), vector.clone());
    assert_eq!((&embedded.record, embedded.vector()), (&note(), Some(&[0.5, 1.0][..])));
    let vectors = [Some(vector.into_dynamic())];
    let reference = &&embedded;
    for row in [embedded.row(), IntoRow::<Note>::row(reference)] {
        assert_eq!((row.record, row.vectors), (&note(), &vectors[..]));
    }
    for row in [IntoRow::<Note>::row(&note()), IntoRow::<Note>::row(&&note())] {
        assert!(row.vectors.is_empty() && *row.record == note());
    }
    let without = Embedded { record: note(), vectors: vec![None] };
    assert_eq!((without.vector(), Embedded { record: note(), vectors: Vec::new() }.vector()), (None, None));
}
