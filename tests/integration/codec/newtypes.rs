use std::collections::BTreeMap;

use arrow_schema::DataType;
use datus_store::{ColumnStruct, EmbeddingRecord};
use uuid::Uuid;

use super::{assert_survive, round_trip};

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct UserId(String);

#[derive(Debug, Clone, Copy, PartialEq, ColumnStruct)]
struct Percent(u8);

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Tags(Vec<UserId>);

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Token(Uuid);

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Point {
    x: f64,
    y: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Position(Point);

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Wrapped<T>(T);

#[test]
fn newtypes_survive_around_every_kind_of_type() {
    assert_survive(["", "a", "'"].map(|id| UserId(id.to_owned())));
    assert_survive([Percent(0), Percent(u8::MAX)]);
    assert_survive([Tags(Vec::new()), Tags(vec![UserId("a".to_owned())])]);
    assert_survive([Token(Uuid::nil()), Token(Uuid::max())]);
    assert_survive([Position(Point { x: 0.0, y: None }), Position(Point { x: -1.0, y: Some(2.0) })]);
    assert_survive([Wrapped(UserId("a".to_owned())), Wrapped(UserId(String::new()))]);
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Nickname(Option<String>);

#[derive(Debug, PartialEq, EmbeddingRecord)]
struct Person {
    nickname: Nickname,
    former: Vec<Nickname>,
    by_year: BTreeMap<String, Nickname>,
}

#[test]
fn a_newtype_of_an_option_is_nullable_itself() {
    let nickname = |text: &str| Nickname(Some(text.to_owned()));
    let people = [
        Person { nickname: Nickname(None), former: vec![], by_year: BTreeMap::new() },
        Person {
            nickname: nickname("Bo"),
            former: vec![nickname("B"), Nickname(None)],
            by_year: [("1999".to_owned(), Nickname(None)), ("2001".to_owned(), nickname(""))].into(),
        },
    ];
    assert_eq!(round_trip(&people), people);
    assert!(Person::definition().fields[0].nullable);
}

#[derive(EmbeddingRecord)]
struct Account {
    id: UserId,
    shares: Vec<Percent>,
}

#[test]
fn a_newtype_is_stored_as_the_type_inside() {
    let fields = Account::definition().fields;
    assert_eq!(fields[0].data_type, DataType::Utf8);
    // A newtype of `u8` is a number, so a `Vec` of it is a list; a `Vec<u8>` is bytes.
    assert_eq!(fields[1].data_type, DataType::new_list(DataType::UInt8, false));
}
