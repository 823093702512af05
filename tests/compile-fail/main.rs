//! Every mistake has a case: a program that must not compile, and the message that its author reads.
//!
//! After a change of a message: read the new ones with `cargo test -p datus-store-compile-fail`, then keep them with
//! `TRYBUILD=overwrite`.

#[test]
fn mistakes_do_not_compile_and_say_what_to_do() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("cases/*/*.rs");
    cases.pass("pass/*.rs");
}
