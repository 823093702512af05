/// The name of an environment variable as a message may show it.
///
/// People paste a key where the name of its variable belongs. What is no usual name of a variable, capitals and
/// underscores with a digit here and there, is not shown.
pub(crate) fn shown(name: &str) -> &str {
    let usual = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let digits = name.chars().filter(char::is_ascii_digit).count();
    let is_name = (1..=128).contains(&name.len()) && name.chars().all(usual) && digits <= 4;
    if is_name { name } else { "(not shown)" }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn a_key_in_the_place_of_a_name_is_not_shown() {
        for name in ["OPENAI_API_KEY", "KEY2", "_X"] {
            assert_eq!(shown(name), name);
        }
        for key in [
            "",
            "sk-proj-abc",
            "9f8e7d6c5b4a39281706f5e4d3c2b1a0",
            "ABCD1234EFGH5678",
            "key name",
            &"A".repeat(129),
        ] {
            assert_eq!(shown(key), "(not shown)");
        }
    }
}
