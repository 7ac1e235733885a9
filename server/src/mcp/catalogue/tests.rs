use super::*;
use proptest::prelude::*;
use serde_json::json;

fn tool(name: &str) -> Value {
    json!({ "name": name, "inputSchema": { "type": "object" } })
}

fn names(server: &str, own: &[&str]) -> Vec<String> {
    let listed = own.iter().map(|name| tool(name)).collect();
    let known = read(server, listed, &Selection::default(), &Redactor::default());
    known.into_iter().map(|known| known.tool.name).collect()
}

fn secret(value: &str) -> Redactor {
    Redactor::new([value]).unwrap()
}

#[test]
fn names_are_made_fit() {
    for (own, start) in [
        ("search", "orders__search"),
        ("get-order_2", "orders__get-order_2"),
        ("a__b", "orders__a__b"),
        ("get order", "orders__get_order-"),
        ("_hidden", "orders__hidden-"),
        ("größe", "orders__gr__e-"),
        ("日本", "orders__"),
        ("a.b/c", "orders__a_b_c-"),
    ] {
        let names = names("orders", &[own]);
        assert!(names[0].starts_with(start), "{own}: {names:?}");
        assert!(names[0].len() <= 64 && names[0].bytes().all(is_name_byte));
    }
    let long = "x".repeat(100);
    assert_eq!(names("orders", &[&long])[0].len(), 64);
}

#[test]
fn names_stay_unique_and_stable() {
    let all = names("s", &["a b", "a_b", "a.b", "a_b", "a b"]);
    assert_eq!(all.len(), 3);
    assert_eq!(all[1], "s__a_b");
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 3);
    assert_eq!(names("s", &["a.b"])[0], all[2]);
    // A server cannot take another's place.
    assert_ne!(names("s_", &["b"]), names("s", &["_b"]));
}

#[test]
fn only_what_is_selected_is_offered() {
    let config = json!({ "command": "x", "includeTools": ["a", "b"], "excludeTools": ["b"] });
    let selection = Selection::of(&McpServer::read("p", "s", &config).unwrap());
    let known = read("s", ["a", "b", "c"].map(tool).into(), &selection, &Redactor::default());
    assert_eq!(known.iter().map(|known| known.own_name.as_str()).collect::<Vec<_>>(), ["a"]);
}

#[test]
fn hostile_listings_are_bounded() {
    let many = (0..10_000).map(|n| tool(&format!("t{n}"))).collect();
    assert_eq!(read("s", many, &Selection::default(), &Redactor::default()).len(), MOST_TOOLS);

    let huge = json!({ "name": "a", "inputSchema": { "type": "object", "description": "x".repeat(SCHEMA_BYTES) } });
    let wordy = json!({ "name": "b", "description": "é".repeat(DESCRIPTION_BYTES), "inputSchema": {} });
    let known = read("s", vec![huge, wordy], &Selection::default(), &Redactor::default());
    assert_eq!(known.len(), 1);
    assert_eq!(known[0].tool.description.len(), DESCRIPTION_BYTES);
    assert_eq!(known[0].tool.input_schema, json!({ "type": "object" }));

    for listed in [
        json!(null),
        json!("a"),
        json!({}),
        json!({ "name": 1, "inputSchema": {} }),
        json!({ "name": "", "inputSchema": {} }),
        json!({ "name": "a" }),
        json!({ "name": "a", "inputSchema": null }),
        json!({ "name": "a", "inputSchema": [] }),
        json!({ "name": "a", "inputSchema": "object" }),
        json!({ "name": "a", "inputSchema": { "type": "string" } }),
        json!({ "name": "a", "inputSchema": { "type": ["object"] } }),
        json!({ "name": "a".repeat(257), "inputSchema": {} }),
    ] {
        let known = read("s", vec![listed.clone(), tool("ok")], &Selection::default(), &Redactor::default());
        assert_eq!(known.len(), 1, "{listed}");
    }
}

#[test]
fn no_value_of_a_secret_is_offered() {
    let listed = json!({
        "name": "get_hunter22",
        "description": "knows hunter22",
        "inputSchema": { "type": "object", "properties": { "hunter22": { "default": "hunter22" } } },
    });
    let known = read("s", vec![listed], &Selection::default(), &secret("hunter22"));
    assert_eq!(known[0].own_name, "get_hunter22");
    assert!(!format!("{:?}", known[0].tool).contains("hunter22"), "{known:?}");
}

proptest! {
    #[test]
    fn every_name_is_fit_and_unique(own in prop::collection::vec(".{1,80}", 0..12), server in "[a-z]{1,40}") {
        let own: Vec<&str> = own.iter().map(String::as_str).collect();
        let names = names(&server, &own);
        prop_assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        for name in names {
            prop_assert!(name.len() <= 64 && name.bytes().all(is_name_byte), "{}", name);
        }
    }
}
