use std::borrow::Cow;
use std::sync::{Arc, Mutex};

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, ArrayRef, FixedSizeListArray, Float32Array};
use arrow_schema::DataType;
use datus_store::LanceModel;
use datus_store::lancedb::{self, embeddings::EmbeddingFunction};
use datus_store::model::{EmbeddingModel, Role};
use datus_store::{ErrorKind, Store};

use crate::store::{Note, memory, note};
use crate::support::models::vector;

/// A LanceDB embedding function that is based on the vectors of `Toy`.
#[derive(Debug, Clone)]
struct Function {
    source: DataType,
    dest: DataType,
    /// The role and the number of texts of each call.
    calls: Arc<Mutex<Vec<(Role, usize)>>>,
    answer: Answer,
}

fn lists(value: DataType) -> DataType {
    DataType::new_fixed_size_list(value, 3, true)
}

fn function() -> Function {
    Function {
        source: DataType::Utf8,
        dest: lists(DataType::Float32),
        calls: Arc::default(),
        answer: |vectors| Arc::new(Float32Array::from(vectors.concat())),
    }
}

impl Function {
    fn embed(&self, texts: &ArrayRef, role: Role) -> lancedb::Result<ArrayRef> {
        assert_eq!((texts.data_type(), texts.nulls()), (&self.source, None));
        assert!(tokio::runtime::Handle::try_current().is_ok(), "a function may block on the runtime");
        self.calls.lock().unwrap().push((role, texts.len()));
        let texts: Vec<&str> = match texts.as_string_opt::<i32>() {
            Some(texts) => texts.iter().flatten().collect(),
            None => texts.as_string::<i64>().iter().flatten().collect(),
        };
        if texts.contains(&"fail") {
            return Err(lancedb::Error::Runtime { message: "the function failed".to_owned() });
        }
        assert!(!texts.contains(&"panic"));
        Ok((self.answer)(texts.into_iter().map(vector).collect()))
    }
}

impl EmbeddingFunction for Function {
    fn name(&self) -> &str {
        "toy"
    }

    fn source_type(&self) -> lancedb::Result<Cow<'_, DataType>> {
        Ok(Cow::Borrowed(&self.source))
    }

    fn dest_type(&self) -> lancedb::Result<Cow<'_, DataType>> {
        Ok(Cow::Borrowed(&self.dest))
    }

    fn compute_source_embeddings(&self, source: ArrayRef) -> lancedb::Result<ArrayRef> {
        self.embed(&source, Role::Document)
    }

    fn compute_query_embeddings(&self, input: ArrayRef) -> lancedb::Result<ArrayRef> {
        self.embed(&input, Role::Query)
    }
}

fn model(function: &Function) -> LanceModel {
    LanceModel::new("tests/toy", Arc::new(function.clone())).unwrap()
}

#[tokio::test]
async fn a_store_embeds_with_a_lancedb_function() {
    let function = function();
    let store: Store<Note> = memory().await.store(model(&function)).await.unwrap();
    store.add([note(1, "1 0 0"), note(2, "0 1 0"), note(3, "0 0 1")]).await.unwrap();
    let hit = store.search("0 2 0").first().await.unwrap().unwrap();
    assert_eq!(hit.record.id, 2);
    // The first call embeds the probe text of the new table.
    let calls = [(Role::Document, 1), (Role::Document, 3), (Role::Query, 1)];
    assert_eq!(*function.calls.lock().unwrap(), calls);
}

#[tokio::test]
async fn documents_are_embedded_in_batches_and_queries_one_by_one() {
    let function = function();
    let model = model(&function);
    for role in [Role::Document, Role::Query] {
        let vectors = model.embed(&["1 2 3", "4 5 6"], role).await.unwrap();
        assert_eq!(vectors, [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    }
    assert_eq!(*function.calls.lock().unwrap(), [(Role::Document, 2), (Role::Query, 1), (Role::Query, 1)]);
}

#[tokio::test]
async fn large_text_lists_and_doubles_are_accepted_too() {
    let function = Function {
        source: DataType::LargeUtf8,
        dest: lists(DataType::Float64),
        answer: |vectors| {
            let vectors =
                vectors.into_iter().map(|vector| Some(vector.into_iter().map(|v| Some(f64::from(v)))));
            // The returned array is a slice of a larger one, which has an extra row before and after the vectors.
            let around = || Some([Some(9.0); 3].map(|v| v));
            let rows = std::iter::once(around().map(Vec::from))
                .chain(vectors.map(|vector| vector.map(Iterator::collect)))
                .chain([around().map(Vec::from)]);
            let list =
                FixedSizeListArray::from_iter_primitive::<Float64Type, _, _>(rows.collect::<Vec<_>>(), 3);
            Arc::new(list.slice(1, list.len() - 2))
        },
        ..function()
    };
    let model = model(&function).with_normalized(true).with_revision("2");
    let vectors = model.embed(&["3 4 0", "0 0 5"], Role::Document).await.unwrap();
    assert_eq!(vectors, [[0.6, 0.8, 0.0], [0.0, 0.0, 1.0]]);
    assert_eq!(model.identity().to_string(), "tests/toy@2 (3 dimensions, normalized)");
}

/// Converts the vectors of the texts to the array that an embedding function returns.
type Answer = fn(Vec<Vec<f32>>) -> ArrayRef;

#[tokio::test]
async fn a_reply_that_is_not_a_vector_is_an_error_that_names_the_function() {
    let answers: [(Answer, &str); 4] = [
        (
            |vectors| Arc::new(Float32Array::from(vectors.concat()[1..].to_vec())),
            "5 values, but 2 texts need 3 each",
        ),
        (|_| Arc::new(arrow_array::Int32Array::from(vec![1; 6])), "returned Int32, not floats"),
        (|_| Arc::new(Float32Array::from(vec![None::<f32>; 6])), "returned a null"),
        (
            |_| {
                Arc::new(FixedSizeListArray::new_null(
                    Arc::new(arrow_schema::Field::new("item", DataType::Float32, true)),
                    2,
                    2,
                ))
            },
            "lists of 2 values, but declares dimension 3",
        ),
    ];
    for (answer, said) in answers {
        let model = model(&Function { answer, ..function() });
        let error = model.embed(&["1 2 3", "4 5 6"], Role::Document).await.unwrap_err().to_string();
        assert!(error.contains("`toy`") && error.contains(said), "{error}");
    }
    for (text, said) in [("fail", "the function failed"), ("panic", "did not finish")] {
        let error = model(&function()).embed(&[text], Role::Query).await.unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn a_function_of_other_types_is_refused_as_a_model() {
    for (source, dest, said) in [
        (DataType::Binary, lists(DataType::Float32), "it embeds Binary, not text"),
        (DataType::Utf8, lists(DataType::UInt8), "not fixed-size lists of floats"),
        (DataType::Utf8, DataType::Float32, "it returns Float32"),
    ] {
        let function = Function { source, dest, ..function() };
        let error = LanceModel::new("tests/toy", Arc::new(function)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(said) && error.to_string().contains("`toy`"), "{error}");
    }
}

#[test]
fn a_function_is_assumed_to_send_texts_away_by_default() {
    assert!(model(&function()).sends_text_away());
    assert!(!model(&function()).with_sends_text_away(false).sends_text_away());
}
