/// Returns the name of an environment variable if it is safe to print, and `(not shown)` otherwise.
///
/// Users sometimes paste an API key in place of the name of its variable. Therefore, only a typical name is printed: capital
/// letters, underscores and at most four digits.
pub(crate) fn redacted(name: &str) -> &str {
    let allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let digits = name.chars().filter(char::is_ascii_digit).count();
    let is_name = (1..=128).contains(&name.len()) && name.chars().all(allowed) && digits <= 4;
    if is_name { name } else { "(not shown)" }
}

#[cfg(test)]
mod tests {
    use super::redacted;

    #[test]
    fn a_key_given_as_a_variable_name_is_not_shown() {
        for name in ["OPENAI_API_KEY", "KEY2", "_X"] {
            assert_eq!(redacted(name), name);
        }
        for key in [
            "",
            "sk-proj-abc",
            "9f8e7d6c5b4a39281706f5e4d3c2b1a0",
            "ABCD1234EFGH5678",
            "key name",
            &"A".repeat(129),
        ] {
            assert_eq!(redacted(key), "(not shown)");
        }
    }
}
