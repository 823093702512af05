//! Base64 for URLs (RFC 4648, section 5) without padding.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Encodes bytes.
pub(super) fn encode(bytes: &[u8]) -> String {
    let characters = bytes.chunks(3).flat_map(|group| {
        let at = |index: usize| group.get(index).copied().unwrap_or_default();
        let bits = u32::from_be_bytes([0, at(0), at(1), at(2)]);
        // A group of `n` bytes is encoded as `n + 1` characters.
        [18, 12, 6, 0]
            .map(|shift| char::from(ALPHABET[(bits >> shift) as usize & 63]))
            .into_iter()
            .take(group.len() + 1)
    });
    characters.collect()
}

/// Decodes text, or returns `None` if it is not valid base64.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for group in text.as_bytes().chunks(4) {
        let mut bits = 0;
        for index in 0..4 {
            let digit = match group.get(index) {
                Some(character) => ALPHABET.iter().position(|letter| letter == character)?,
                None => 0,
            };
            bits = bits << 6 | u32::try_from(digit).ok()?;
        }
        let [_, group_bytes @ ..] = bits.to_be_bytes();
        let (kept, rest) = group_bytes.split_at_checked(group.len().checked_sub(1)?)?;
        // The last character of an incomplete group has unused bits, which must be zero.
        if kept.is_empty() || rest.iter().any(|byte| *byte != 0) {
            return None;
        }
        bytes.extend(kept);
    }
    Some(bytes)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::{decode, encode};

    #[test]
    fn bytes_of_any_length_are_read_back() {
        let examples = [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg")];
        for (bytes, text) in examples {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text).unwrap(), bytes.as_bytes());
        }
        let bytes: Vec<u8> = (0..=255).collect();
        for length in 0..256 {
            assert_eq!(decode(&encode(&bytes[..length])).unwrap(), &bytes[..length]);
        }
    }

    #[test]
    fn other_text_is_refused() {
        for text in ["A", "Zg==", "Zh", "Zm9vYg\n", "Zm9=", "é"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
