//! Each mistake has a case: a program that must not compile, and the message that the compiler prints.
//!
//! After changing a message, review the new output of `cargo test -p datus-store-compile-fail`, and then accept it with
//! `TRYBUILD=overwrite`.

#[test]
fn mistakes_do_not_compile_and_say_what_to_do() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("cases/*/*.rs");
    cases.pass("pass/*.rs");
}
