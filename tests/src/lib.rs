//! Tests of the README, and of the README of the `datus` example. The integration tests are in `../integration`.

/// The README, whose code blocks are doctests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct ReadmeDoctests;

#[cfg(test)]
mod tests {
    const README: &str = include_str!("../../README.md");
    const MESSAGE: &str = include_str!("../compile-fail/cases/query/contains_any_on_text.stderr");

    /// `tests/compile-fail` compares the same file with the output of the compiler.
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

    /// Pages of the repository would show the lines that rustdoc hides.
    #[test]
    fn the_readme_has_no_line_that_rustdoc_hides() {
        let code = README.split("```rust").skip(1).filter_map(|rest| rest.split_once("```"));
        let hidden: Vec<&str> = code
            .flat_map(|(block, _)| block.lines().map(str::trim))
            .filter(|line| *line == "#" || line.starts_with("# "))
            .collect();
        assert!(hidden.is_empty(), "{hidden:?}");
    }

    /// The tour of the example runs the expressions in the table on the sample.
    #[test]
    fn the_table_of_the_example_datus_has_expressions_of_its_code() {
        let code = [
            include_str!("../../examples/datus/tour.rs"),
            include_str!("../../examples/datus/bootstrap.rs"),
            include_str!("../../examples/datus/lib.rs"),
        ];
        let without_spaces = |text: &str| text.replace(char::is_whitespace, "");
        let code = without_spaces(&code.concat());
        let table =
            include_str!("../../examples/datus/README.md").lines().filter(|line| line.starts_with("| `"));
        let cells = table.filter_map(|row| row.split(" | ").nth(1));
        let spans =
            cells.flat_map(|cell| cell.split('`').skip(1).step_by(2).map(|span| span.replace("\\|", "|")));
        // In the table, `store` is a placeholder for any of the stores.
        let is_expression = |span: &String| {
            span.contains('(') && !span.contains('…') && !span.starts_with("store.") && !span.starts_with('#')
        };
        let expressions: Vec<String> = spans.filter(is_expression).collect();
        assert!(expressions.len() > 60, "{expressions:#?}");
        let unknown: Vec<&String> =
            expressions.iter().filter(|span| !code.contains(&without_spaces(span))).collect();
        assert!(unknown.is_empty(), "{unknown:#?}");
    }
}
