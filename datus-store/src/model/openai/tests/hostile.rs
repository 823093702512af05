//! Generates responses from a broken or hostile server.

use std::fmt;

use fastrand::Rng;

/// Returns the number of random cases of a test: `DATUS_CASES`, or the given default.
pub(in super::super) fn cases(default: usize) -> usize {
    std::env::var("DATUS_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(default)
}

/// JSON text, which can contain numbers and strings that `serde_json::Value` cannot represent.
pub(in super::super) struct Json(String);

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Json {
    /// Generates a response for `texts` texts, with vectors of two values and some random mistakes.
    pub(in super::super) fn response(random: &mut Rng, texts: usize) -> Self {
        // On average, one in `rarity` fields is wrong.
        let rarity = random.choice([3, 30, 300]).unwrap_or(3);
        let mut order: Vec<usize> = (0..texts).collect();
        random.shuffle(&mut order);
        let with_index = random.bool();
        let items = order.iter().map(|index| item(random, rarity, with_index.then_some(*index)));
        let mut items: Vec<String> = items.collect();
        if odd(random, rarity) {
            items.pop();
        }
        if odd(random, rarity) {
            items.push("{}".to_owned());
        }
        let mut fields = vec![format!("\"data\": [{}]", items.join(", "))];
        if odd(random, rarity) {
            fields = vec![format!("\"data\": {}", anything(random, 3))];
        }
        if random.bool() {
            let usage = format!("{{\"total_tokens\": {}}}", anything(random, 2));
            let usage = if odd(random, rarity) { anything(random, 3) } else { usage };
            fields.push(format!("\"usage\": {usage}"));
        }
        if odd(random, rarity) {
            let error =
                format!("{{\"message\": {}, \"code\": {}}}", anything(random, 2), anything(random, 1));
            let error = if random.bool() { anything(random, 2) } else { error };
            fields.push(format!("\"error\": {error}"));
        }
        random.shuffle(&mut fields);
        Self(format!("{{{}}}", fields.join(", ")))
    }
}

fn odd(random: &mut Rng, rarity: usize) -> bool {
    random.usize(0..rarity) == 0
}

fn item(random: &mut Rng, rarity: usize, index: Option<usize>) -> String {
    let vector = match random.usize(0..3) {
        _ if odd(random, rarity) => anything(random, 2),
        0 => format!("\"{}\"", random.choice(["AACAPwAAAEA=", "AABAQAAAgEA"]).unwrap_or_default()),
        _ => format!("[{}, {}]", random.f32() - 0.5, random.i32(-9..9)),
    };
    let mut fields = vec![format!("\"embedding\": {vector}")];
    if let Some(index) = index {
        let index = match random.usize(0..4) {
            _ if odd(random, rarity) => anything(random, 1),
            0 => format!("{index}.0"),
            _ => index.to_string(),
        };
        fields.push(format!("\"index\": {index}"));
    }
    random.shuffle(&mut fields);
    format!("{{{}}}", fields.join(", "))
}

/// Generates any JSON value, nested up to the given depth.
pub(in super::super) fn anything(random: &mut Rng, depth: usize) -> String {
    const SCALARS: [&str; 28] = [
        "null",
        "true",
        "false",
        "0",
        "-0.0",
        "1",
        "2.0",
        "-1",
        "0.5",
        "1e39",
        "-1e39",
        "1e-400",
        "1e999",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775808",
        "4000000000",
        "3.0",
        "\"\"",
        "\"0\"",
        "\"AACAPwAAAEA=\"",
        "\"AACAfwAAwH8=\"",
        "\"====\"",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\"größer\"",
        "[]",
        "{}",
    ];
    match random.usize(0..8) {
        0 if depth > 0 => {
            let length = random.usize(0..5);
            let items: Vec<String> = (0..length).map(|_| anything(random, depth - 1)).collect();
            format!("[{}]", items.join(","))
        }
        1 if depth > 0 => {
            let names =
                ["message", "code", "type", "error", "data", "detail", "embedding", "index", "total_tokens"];
            let name = random.choice(names).unwrap_or_default();
            format!("{{\"{name}\": {}}}", anything(random, depth - 1))
        }
        2 if depth > 2 => "[".repeat(random.usize(0..300)),
        3 if depth > 2 => format!("\"{}\"", "x".repeat(random.usize(0..5000))),
        _ => random.choice(SCALARS).unwrap_or("null").to_owned(),
    }
}

/// Removes, repeats or changes some bytes.
pub(in super::super) fn damage(random: &mut Rng, bytes: &mut Vec<u8>) {
    for _ in 0..random.usize(1..4) {
        let at = random.usize(0..bytes.len().max(1));
        match random.usize(0..4) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at.min(bytes.len()), random.u8(..)),
            2 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = random.u8(..)),
            _ => bytes.extend_from_within(at.min(bytes.len())..),
        }
    }
}
