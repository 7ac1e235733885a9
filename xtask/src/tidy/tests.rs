//! Each rule, broken once and kept once.

use super::*;

fn complaints(file: &str, text: &str) -> Vec<String> {
    let source = Source::parse(file, text).unwrap();
    rules::check(&source).into_iter().map(|violation| format!("{}: {}", violation.line, violation.what)).collect()
}

fn why(file: &str, text: &str) -> Vec<&'static str> {
    rules::check(&Source::parse(file, text).unwrap()).into_iter().map(|violation| violation.why).collect()
}

#[test]
fn every_room_is_kept_from_the_rest() {
    for arrow in rules::ARROWS {
        let file = if arrow.room.ends_with(".rs") { arrow.room.to_owned() } else { format!("{}/x.rs", arrow.room) };
        assert_eq!(why(&file, "use crate::cli::Arguments;"), [arrow.why], "{file}");
        for to in arrow.to {
            assert_eq!(why(&file, &format!("use crate::{to}::X;")), [""; 0], "{file} to {to}");
        }
        let own = arrow.room.split_once("/src/").unwrap().1.trim_end_matches(".rs").replace('/', "::");
        assert_eq!(why(&file, &format!("use crate::{own}::X;")), [""; 0], "{file} to itself");
    }
}

#[test]
fn everything_confined_is_refused_elsewhere() {
    for rule in rules::CONFINEMENTS {
        let elsewhere = format!("{}/elsewhere.rs", rule.scope.trim_end_matches('/'));
        for what in rule.what {
            assert_eq!(why(&elsewhere, &format!("fn f() {{ {what}(); }}")), [rule.why], "{what}");
            for place in rule.only_in {
                let file = if place.ends_with(".rs") { (*place).to_owned() } else { format!("{place}/x.rs") };
                assert_eq!(why(&file, &format!("fn f() {{ {what}(); }}")), [""; 0], "{what} in {file}");
            }
            let in_test = why(&elsewhere, &format!("#[cfg(test)] mod t {{ fn f() {{ {what}(); }} }}"));
            let is_test_folder = rule.scope == "tests/";
            assert_eq!(in_test.is_empty(), !rule.in_tests && !is_test_folder, "{what} in a test");
        }
    }
}

#[test]
fn a_path_is_found_however_it_is_written() {
    let file = "server/src/agent/turn/step.rs";
    for (text, expected) in [
        ("use crate::store::Db;", "1: agent::turn must not use `store::Db`"),
        ("\nuse crate::{llm::provider::X, store::{Db, self}};", "2: agent::turn must not use `store::Db`"),
        ("use crate::{llm::client as other};", "1: agent::turn must not use `llm::client`"),
        ("use super::super::driver;", "1: agent::turn must not use `agent::driver`"),
        ("mod inner { use super::super::super::hub::Hub; }", "1: agent::turn must not use `agent::hub::Hub`"),
        ("fn f(x: &crate::store::Db<u8>) {}", "1: agent::turn must not use `store::Db`"),
        ("fn f() { format!(\"{}\", crate::http::X) }", "1: agent::turn must not use `http::X`"),
        ("#[derive(crate::store::Row)] struct X;", "1: agent::turn must not use `store::Row`"),
        ("#[cfg(not(test))] use crate::store::Db;", "1: agent::turn must not use `store::Db`"),
        ("#[cfg(test)] mod tests; use crate::store::Db;", "1: agent::turn must not use `store::Db`"),
    ] {
        assert_eq!(complaints(file, text).first().map(String::as_str), Some(expected), "{text}");
    }
}

#[test]
fn what_is_allowed_is_not_complained_about() {
    for (file, text) in [
        ("server/src/agent/turn.rs", "use crate::llm::provider::{ModelEvent, ModelRequest}; use super::conversation;"),
        ("server/src/agent/turn/step.rs", "use super::Turn; use std::time::Duration; use sigmic_shared::TaskId;"),
        ("server/src/agent/turn/step.rs", "#[cfg(test)] mod tests { use crate::store::Db; }"),
        ("server/src/agent/turn.rs", "pub(super) fn f() {}"),
        ("server/src/main.rs", "use sigmic::{cli, http};"),
        ("server/src/store/db.rs", "use sqlx::Row; // crate::http is only spoken of"),
        ("server/src/http/text.rs", "const X: &str = \"sqlx::query\";"),
    ] {
        assert_eq!(complaints(file, text), [""; 0], "{file}: {text}");
    }
}

#[test]
fn a_file_declared_for_tests_is_a_test() {
    let parse = |file, text| Source::parse(file, text).unwrap();
    let mut sources = [
        parse("server/src/llm/mod.rs", "#[cfg(test)] mod upstream; mod client;"),
        parse("server/src/llm/upstream.rs", "mod inner; use crate::store::Db;"),
        parse("server/src/llm/upstream/inner.rs", "use crate::store::Db;"),
        parse("server/src/llm/client.rs", "#[cfg(test)] mod tests; use crate::store::Db;"),
        parse("server/src/llm/client/tests.rs", "use crate::store::Db;"),
    ];
    mark_tests(&mut sources);
    let broken: Vec<bool> = sources.iter().map(|source| !rules::check(source).is_empty()).collect();
    assert_eq!(broken, [false, false, false, true, false]);
}

#[test]
fn long_files_and_empty_names_are_refused() {
    let lines = "\n".repeat(rules::MOST_LINES);
    assert_eq!(complaints("server/src/x.rs", &lines), [""; 0]);
    assert_eq!(complaints("server/src/x.rs", &(lines + "\n")), ["451: 451 lines, 450 are allowed"]);
    assert_eq!(complaints("shared/src/utils.rs", ""), ["1: the name \"utils\" says nothing"]);
}

#[test]
fn a_violation_says_where_what_and_why() {
    let source = Source::parse("server/src/llm/x.rs", "\nuse sqlx::Row;").unwrap();
    let text = rules::check(&source)[0].to_string();
    assert!(text.starts_with("server/src/llm/x.rs:2: `sqlx::Row` has no place here. SQL has one room"), "{text}");
}
