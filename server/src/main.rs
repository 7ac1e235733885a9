//! The `sigmic` command.

fn main() {}
