//! Tests of the README. The integration tests are in `../integration`, one binary.

/// The README, whose code blocks are doctests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct ReadmeDoctests;

#[cfg(test)]
mod tests {
    const README: &str = include_str!("../../README.md");
    const MESSAGE: &str = include_str!("../compile-fail/cases/query/contains_any_on_text.stderr");

    /// `tests/compile-fail` compares the same file with what the compiler prints.
    #[test]
    fn the_readme_shows_a_compile_error_as_the_compiler_prints_it() {
        let shown: Vec<&str> = README
            .split("```text\n")
            .skip(1)
            .filter_map(|rest| rest.split_once("```").map(|(block, _)| block))
            .filter(|block| block.starts_with("error"))
            .collect();
        assert_eq!(shown, [MESSAGE]);
    }

    /// Repository pages show the lines that rustdoc hides.
    #[test]
    fn the_readme_has_no_line_that_rustdoc_hides() {
        let code = README.split("```rust").skip(1).filter_map(|rest| rest.split_once("```"));
        let hidden: Vec<&str> = code
            .flat_map(|(block, _)| block.lines().map(str::trim))
            .filter(|line| *line == "#" || line.starts_with("# "))
            .collect();
        assert!(hidden.is_empty(), "{hidden:?}");
    }
}
