//! The values of keys and scopes.

use crate::query::{IntoKey, IntoScope, Value};
use crate::record::KeyPart;

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

#[test]
fn a_key_is_a_value_or_a_tuple_in_its_order() {
    assert_eq!(IntoKey::<KeyPart<String>>::into_values("a"), [text("a")]);
    type Pair = (KeyPart<String>, KeyPart<i64>);
    assert_eq!(IntoKey::<Pair>::into_values(("a", 7)), [text("a"), Value::Int64(7)]);
    assert_eq!(IntoScope::<Pair>::into_values(("a", 7)), [text("a"), Value::Int64(7)]);
    assert_eq!(IntoScope::<KeyPart<i64>>::into_values(7), [Value::Int64(7)]);
}
