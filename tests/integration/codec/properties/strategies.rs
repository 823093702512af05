use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use half::f16;
use proptest::collection::{btree_map, hash_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::record::{
    Bits16, Bits32, Bits64, Blobs, Colour, Deep, Deeper, Everything, Floats, Leaf, Name, Numbers, Texts,
    Times, Tree,
};

pub(super) fn everything() -> impl Strategy<Value = Everything> {
    let groups = (text(), numbers(), floats(), texts(), blobs(), times());
    let nested = (
        of(texts()),
        vec(of(times()), 0..3),
        hash_map(text(), numbers(), 0..3),
        of(btree_map(text(), of(blobs()), 0..3)),
        of(deep()),
        vec(vec(of(deep()), 0..2), 0..2),
    );
    (groups, nested, tree(), of(vec(tree(), 0..2))).prop_map(
        |(
            (numbers_name, numbers, floats, texts, blobs, times),
            (maybe_texts, many_times, named_numbers, maybe_blobs, deep, deeper),
            json,
            maybe_json,
        )| Everything {
            numbers_name,
            numbers,
            floats,
            texts,
            blobs,
            times,
            maybe_texts,
            many_times,
            named_numbers,
            maybe_blobs,
            deep,
            deeper,
            json,
            maybe_json,
        },
    )
}

/// Generates text of any characters, with a preference for those that other formats handle badly.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "\\PC{0,8}",
        2 => vec(prop::sample::select(std::vec!['\'', '"', '`', '\\', '%', '\0', '\n', 'é', '東', '\u{10ffff}']), 0..6)
            .prop_map(String::from_iter),
        1 => Just(String::new()),
    ]
}

fn few_texts() -> impl Strategy<Value = &'static str> {
    prop::sample::select(std::vec!["", "a", "b", "東\0'"])
}

/// Generates numbers, with a preference for the boundary values of their type.
macro_rules! number {
    ($type:ty) => {
        prop_oneof![any::<$type>(), Just(<$type>::MIN), Just(<$type>::MAX), Just(<$type>::default())]
    };
}

fn numbers() -> impl Strategy<Value = Numbers> {
    let signed = (number!(i8), of(number!(i16)), number!(i32), vec(number!(i64), 0..3));
    let unsigned = (of(number!(u8)), number!(u16), vec(of(number!(u32)), 0..3), number!(u64));
    let decimals = (decimal(28, 10), of(vec(of(decimal(38, 30)), 0..3)));
    (any::<bool>(), signed, unsigned, vec(of(any::<bool>()), 0..10), decimals).prop_map(
        |(flag, (int8, int16, int32, int64), (uint8, uint16, uint32, uint64), flags, (decimal, decimals))| {
            Numbers {
                flag,
                int8,
                int16,
                int32,
                int64,
                uint8,
                uint16,
                uint32,
                uint64,
                flags,
                decimal,
                decimals,
            }
        },
    )
}

/// Generates decimals that fit `precision` digits with `scale` decimal places, and the 96 bits and 28 places of `rust_decimal`.
fn decimal(precision: u32, scale: u32) -> impl Strategy<Value = Decimal> {
    let most = (1_i128 << 96) - 1;
    (0..=scale.min(28)).prop_flat_map(move |places| {
        let limit = (10_i128.pow(precision - scale + places) - 1).min(most);
        prop_oneof![-limit..=limit, -1000.min(limit)..=1000.min(limit), Just(limit), Just(-limit)]
            .prop_map(move |digits| Decimal::from_i128_with_scale(digits, places))
    })
}

fn floats() -> impl Strategy<Value = Floats> {
    let bits64 = || number!(u64).prop_map(|bits| Bits64(f64::from_bits(bits)));
    (
        number!(u16).prop_map(|bits| Bits16(f16::from_bits(bits))),
        of(number!(u32).prop_map(|bits| Bits32(f32::from_bits(bits)))),
        bits64(),
        prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO | prop::num::f64::INFINITE,
        vec(of(prop_oneof![bits64(), Just(Bits64(f64::NAN)), Just(Bits64(-0.0))]), 0..3),
    )
        .prop_map(|(float16, float32, float64, plain, all)| Floats {
            float16,
            float32,
            float64,
            plain,
            all,
        })
}

fn texts() -> impl Strategy<Value = Texts> {
    let colour = || prop::sample::select(std::vec![Colour::Red, Colour::DarkBlue, Colour::None]);
    (
        text(),
        of(text().prop_map(Box::from)),
        vec(text().prop_map(std::sync::Arc::from), 0..3),
        of(text()).prop_map(Name),
        of(few_texts().prop_map(String::from)),
        vec(of(few_texts().prop_map(std::sync::Arc::from)), 0..4),
        colour(),
        of(vec(of(colour()), 0..3)),
    )
        .prop_map(|(owned, boxed, shared, name, dictionary, dictionaries, colour, colours)| Texts {
            owned,
            boxed,
            shared,
            name,
            dictionary,
            dictionaries,
            colour,
            colours,
        })
}

fn blobs() -> impl Strategy<Value = Blobs> {
    let bytes = || vec(any::<u8>(), 0..6);
    (
        bytes(),
        of(bytes().prop_map(Bytes::from)),
        of(vec(of(bytes()), 0..3)),
        any::<[u8; 5]>(),
        of(Just([])),
        vec(of(uuid()), 0..3),
    )
        .prop_map(|(bytes, shared, list, fixed, empty, uuids)| Blobs {
            bytes,
            shared,
            list,
            fixed,
            empty,
            uuids,
        })
}

fn uuid() -> impl Strategy<Value = Uuid> {
    any::<u128>().prop_map(Uuid::from_u128)
}

/// Generates times of any year that chrono supports, in units of `1 / per_second` seconds.
fn time(per_second: i64) -> impl Strategy<Value = DateTime<Utc>> {
    let (first, last) = (DateTime::<Utc>::MIN_UTC.timestamp(), DateTime::<Utc>::MAX_UTC.timestamp());
    let seconds = prop_oneof![first..=last, -100_000..100_000_i64, Just(first), Just(last)];
    (seconds, 0..per_second).prop_map(move |(seconds, units)| {
        DateTime::from_timestamp(seconds, u32::try_from(units * (1_000_000_000 / per_second)).unwrap())
            .unwrap()
    })
}

fn times() -> impl Strategy<Value = Times> {
    let days = NaiveDate::MAX.signed_duration_since(NaiveDate::MIN).num_days();
    let date =
        prop_oneof![0..=days, Just(0), Just(days)].prop_map(|days| NaiveDate::MIN + TimeDelta::days(days));
    let time_of_day = (0..86_400_u32, 0..1_000_000_000_u32)
        .prop_map(|(seconds, nanos)| NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanos).unwrap());
    let duration = number!(i64).prop_map(|nanos| Duration::from_nanos(nanos.unsigned_abs() >> 1));
    (
        time(1_000_000),
        of(number!(i64).prop_map(|nanos| DateTime::from_timestamp_nanos(nanos).naive_utc())),
        vec(of(time(1)), 0..3),
        hash_map(text(), time(1_000).prop_map(|time| time.naive_utc()), 0..3),
        of(date),
        time_of_day,
        vec(duration, 0..3),
    )
        .prop_map(|(micros, nanos, seconds, millis, date, time, duration)| Times {
            micros,
            nanos,
            seconds,
            millis,
            date,
            time,
            duration,
        })
}

fn deep() -> impl Strategy<Value = Deep> {
    (of(deeper()), vec(deeper(), 0..2)).prop_map(|(level, levels)| Deep { level, levels })
}

fn deeper() -> impl Strategy<Value = Deeper> {
    let leaf = (tree(), uuid()).prop_map(|(tree, id)| Leaf { tree, id });
    (of(texts()), btree_map(text(), hash_map(text(), of(leaf), 0..4), 0..2))
        .prop_map(|(texts, maps)| Deeper { texts, maps })
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf =
        prop_oneof![Just(Tree::Empty), number!(i64).prop_map(Tree::Number), of(text()).prop_map(Tree::Text)];
    leaf.prop_recursive(2, 8, 3, |tree| {
        prop_oneof![
            (tree.clone(), vec(tree.clone(), 0..3))
                .prop_map(|(left, right)| Tree::Branch { left: Box::new(left), right }),
            btree_map(text(), tree, 0..3).prop_map(Tree::Map),
        ]
    })
}
