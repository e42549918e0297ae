//! The `panoh` command.
fn main() {}
