use datus_store::record;
use half::f16;

use super::{Places, assert_survive, round_trip};

#[test]
fn integers_survive_at_their_limits() {
    assert_survive([i8::MIN, -1, 0, 1, i8::MAX]);
    assert_survive([i16::MIN, -1, 0, 1, i16::MAX]);
    assert_survive([i32::MIN, -1, 0, 1, i32::MAX]);
    assert_survive([i64::MIN, -1, 0, 1, i64::MAX]);
    assert_survive([0, 1, u8::MAX]);
    assert_survive([0, 1, u16::MAX]);
    assert_survive([0, 1, u32::MAX]);
    assert_survive([0, 1, u64::MAX]);
}

#[test]
fn booleans_survive() {
    assert_survive([true, false, false, true]);
}

#[test]
fn floats_survive_at_their_limits() {
    let least = f32::from_bits(1);
    assert_survive([0.0, 1.5, f32::MIN, f32::MAX, f32::EPSILON, least, f32::INFINITY, f32::NEG_INFINITY]);
    let least = f64::from_bits(1);
    assert_survive([0.0, 0.1, f64::MIN, f64::MAX, f64::EPSILON, least, f64::INFINITY, f64::NEG_INFINITY]);
    let least = f16::from_bits(1);
    assert_survive([f16::ZERO, f16::MIN, f16::MAX, f16::EPSILON, least, f16::INFINITY, f16::NEG_INFINITY]);
}

/// Compares floats by their bits, since equality ignores the payload of a NaN and the sign of zero.
#[test]
fn floats_keep_every_bit() {
    let bits = [f64::NAN.to_bits(), 0xfff8_0000_dead_beef, 0x7ff0_0000_0000_0001, (-0.0_f64).to_bits()];
    let back = round_trip(&bits.map(|bits| places(f64::from_bits(bits))));
    assert_eq!(back.iter().flat_map(everywhere).map(f64::to_bits).collect::<Vec<_>>(), six_times(bits));

    let bits = [f32::NAN.to_bits(), 0xffc0_beef, 0x7f80_0001, (-0.0_f32).to_bits()];
    let back = round_trip(&bits.map(|bits| places(f32::from_bits(bits))));
    assert_eq!(back.iter().flat_map(everywhere).map(f32::to_bits).collect::<Vec<_>>(), six_times(bits));

    let back = record::encode(&places_of_every_f16()).unwrap();
    let back: Vec<Places<f16>> = record::decode(&back).unwrap();
    assert!(back.iter().map(|row| row.alone.to_bits()).eq(0..=u16::MAX));
}

fn places<T: Copy>(value: T) -> Places<T> {
    Places {
        alone: value,
        nullable: Some(value),
        listed: vec![value],
        listed_with_nulls: vec![Some(value), None],
        nullable_list: Some(vec![value]),
        mapped: [("key".to_owned(), value)].into(),
        mapped_with_nulls: Default::default(),
    }
}

fn places_of_every_f16() -> Vec<Places<f16>> {
    (0..=u16::MAX).map(|bits| places(f16::from_bits(bits))).collect()
}

fn everywhere<T: Copy>(row: &Places<T>) -> [T; 6] {
    [
        row.alone,
        row.nullable.unwrap(),
        row.listed[0],
        row.listed_with_nulls[0].unwrap(),
        row.nullable_list.as_ref().unwrap()[0],
        row.mapped["key"],
    ]
}

fn six_times<T: Copy, const N: usize>(values: [T; N]) -> Vec<T> {
    values.into_iter().flat_map(|value| [value; 6]).collect()
}
