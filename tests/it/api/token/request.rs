//! What the exchange refuses, and what it takes.

use crate::scene::{Scene, token_request};
use serde_json::{Map, Value, json};
use sigmic_shared::{
    ErrorCode::{self, *},
    routes,
};
use sigmic_tests::{client::send, installation::AppCredentials, raw};

/// `count` variables with names of their own.
fn variables(prefix: &str, count: usize) -> Value {
    (0..count).map(|number| (format!("{prefix}{number}"), json!("v"))).collect::<Map<_, _>>().into()
}

async fn check(scene: &Scene, table: impl IntoIterator<Item = (Value, Option<ErrorCode>)>) {
    let anonymous = scene.anonymous();
    for (fields, expected) in table {
        let reply = anonymous.exchange(token_request(&scene.app, fields.clone())).await;
        let shown: String = fields.to_string().chars().take(200).collect();
        assert_eq!(reply.code(), expected.map(ErrorCode::code), "{shown}: {}", reply.text);
        match expected {
            Some(code) => drop(reply.expect_error(code)),
            None => assert!(reply.data()["token"].is_string(), "{shown}: {}", reply.text),
        }
    }
}

#[tokio::test]
async fn every_field_is_checked() {
    let scene = Scene::start().await;
    let wrong = |code| Some(code);
    for name in ["appId", "appSecret"] {
        let values = [json!(null), json!(""), json!(5), json!(true), json!({}), json!(["x"])];
        check(&scene, values.map(|value| (json!({ name: value }), wrong(MissingCredentials)))).await;
    }
    let blank = [json!(null), json!(""), json!(" \t\n"), json!("\u{a0}\u{2003}"), json!(7), json!({}), json!([])];
    check(&scene, blank.map(|value| (json!({ "endUserId": value }), wrong(MissingEndUserId)))).await;
    check(
        &scene,
        [
            (json!({ "endUserId": "x".repeat(256) }), None),
            (json!({ "endUserId": "ü".repeat(128) }), None),
            (json!({ "endUserId": " u1 " }), None),
            (json!({ "endUserId": "x".repeat(257) }), wrong(ValidationError)),
            (json!({ "endUserId": "ü".repeat(129) }), wrong(ValidationError)),
            (json!({ "endUserId": "a\u{0}b" }), wrong(ValidationError)),
            (json!({ "endUserId": "a\nb" }), wrong(ValidationError)),
            (json!({ "endUserId": "a\u{7f}" }), wrong(ValidationError)),
            (json!({ "endUserId": "a\u{85}b" }), wrong(ValidationError)),
            (json!({ "unknown": { "field": 1 } }), None),
        ],
    )
    .await;
}

#[tokio::test]
async fn lifetimes_are_positive_whole_numbers_of_a_unit() {
    let scene = Scene::start().await;
    let good = ["1s", "30m", "1h", "7d", "01h", "30d", "720h", "43200m", "2592000s"];
    check(&scene, good.map(|text| (json!({ "expiresIn": text }), None))).await;
    check(&scene, [(json!({ "expiresIn": null }), None)]).await;
    let bad = [
        "",
        " ",
        "h",
        "1",
        "0s",
        "00d",
        "-1h",
        "+1h",
        "1.5h",
        "1e3s",
        "0x1h",
        "1H",
        "1w",
        "1ms",
        "1 h",
        " 1h",
        "1h ",
        "1h\n",
        "1h30m",
        "31d",
        "721h",
        "2592001s",
        "18446744073709551616s",
        "99999999999999999999999999999999d",
        "٣h",
        "１h",
        "1h\u{0}",
        "NaNh",
        "Infinityd",
        "1_000s",
        "'1h'",
        "${1}h",
    ];
    check(&scene, bad.map(|text| (json!({ "expiresIn": text }), Some(InvalidExpiresIn)))).await;
    let no_texts = [json!(3600), json!(1.5), json!(true), json!({ "h": 1 }), json!(["1h"]), json!(1e300)];
    check(&scene, no_texts.map(|value| (json!({ "expiresIn": value }), Some(InvalidExpiresIn)))).await;
}

#[tokio::test]
async fn env_and_secrets_are_objects_of_named_strings() {
    let scene = Scene::start().await;
    for field in ["env", "secrets"] {
        let good = [
            json!(null),
            json!({}),
            json!({ "A": "" }),
            json!({ "_": "x", "_1": "y", "aZ_09": "\n\u{0}é😀" }),
            json!({ "A".repeat(128): "v" }),
            json!({ "A": "v".repeat(8192) }),
            variables("K", 64),
            json!({ "__proto__": "x", "constructor": "y" }),
        ];
        check(&scene, good.map(|value| (json!({ field: value }), None))).await;
        let no_objects = [json!([]), json!("A=b"), json!(0), json!(false), json!([["A", "b"]])];
        check(&scene, no_objects.map(|value| (json!({ field: value }), Some(InvalidEnv)))).await;
        let names =
            ["", " ", "1A", "A-B", "A.B", "A B", " A", "A\n", "Ä", "А", "A\u{0}", "$A", "A=", "{{mcp.A}}", "A١"];
        check(&scene, names.map(|name| (json!({ field: { name: "v" } }), Some(InvalidEnv)))).await;
        let values = [
            json!(1),
            json!(null),
            json!(true),
            json!({}),
            json!(["b"]),
            json!("v".repeat(8193)),
            json!("é".repeat(4097)),
        ];
        check(&scene, values.map(|value| (json!({ field: { "A": value } }), Some(InvalidEnv)))).await;
        let too_much = [json!({ "A".repeat(129): "v" }), variables("K", 65)];
        check(&scene, too_much.map(|value| (json!({ field: value }), Some(InvalidEnv)))).await;
    }
    check(
        &scene,
        [
            (json!({ "env": variables("E", 32), "secrets": variables("S", 32) }), None),
            (json!({ "env": variables("E", 33), "secrets": variables("S", 32) }), Some(InvalidEnv)),
        ],
    )
    .await;
}

#[tokio::test]
async fn the_first_thing_wrong_answers() {
    let scene = Scene::start().await;
    let all_wrong = json!({
        "appId": "", "appSecret": 5, "endUserId": " ", "expiresIn": "soon", "env": { "1": 1 }, "secrets": [],
    });
    let mut fields = all_wrong;
    for (mended, code) in [
        (json!({}), MissingCredentials),
        (json!({ "appId": "wapp_000000000000", "appSecret": "wsec_wrong" }), MissingEndUserId),
        (json!({ "endUserId": "u1" }), InvalidExpiresIn),
        (json!({ "expiresIn": "1h" }), InvalidEnv),
        (json!({ "env": {}, "secrets": {} }), InvalidCredentials),
    ] {
        fields.as_object_mut().unwrap().extend(mended.as_object().unwrap().clone());
        check(&scene, [(fields.clone(), Some(code))]).await;
    }
    let AppCredentials { app_id, app_secret } = &scene.app;
    check(&scene, [(json!({ "appId": app_id, "appSecret": app_secret }), None)]).await;
}

#[tokio::test]
async fn a_body_is_json_and_says_so() {
    let scene = Scene::start().await;
    let line = format!("POST {}", routes::TOKEN);
    let good = token_request(&scene.app, json!({})).to_string();
    for (content_type, body, code) in [
        ("application/json", "[]", Some(MissingCredentials)),
        ("application/json", "null", Some(MissingCredentials)),
        ("application/json", "\"x\"", Some(MissingCredentials)),
        ("application/json", "5", Some(MissingCredentials)),
        ("application/json", "", Some(ValidationError)),
        ("application/json", "{", Some(ValidationError)),
        ("application/json", "{} {}", Some(ValidationError)),
        ("application/json", "{'appId':1}", Some(ValidationError)),
        ("application/json", "appId=1", Some(ValidationError)),
        ("application/json", &"[".repeat(100_000), Some(ValidationError)),
        ("application/json", &good, None),
        ("application/json; charset=utf-8", &good, None),
        ("text/plain", &good, Some(UnsupportedMediaType)),
        ("application/x-www-form-urlencoded", "appId=1", Some(UnsupportedMediaType)),
        ("multipart/form-data; boundary=x", "--x--", Some(UnsupportedMediaType)),
        ("", &good, Some(UnsupportedMediaType)),
    ] {
        let reply = raw::request(&scene.server, &line, &[&format!("content-type: {content_type}")], body).await;
        let shown = format!("{content_type}: {:.80}: {}", body, reply.text);
        assert_eq!(reply.code(), code.map(ErrorCode::code), "{shown}");
        assert_eq!(reply.status, code.map_or(200, ErrorCode::status), "{shown}");
    }
    let nothing_said = raw::request(&scene.server, &line, &[], &good).await;
    nothing_said.expect_error(UnsupportedMediaType);
}

#[tokio::test]
async fn a_body_has_a_limit() {
    let scene = Scene::start().await;
    let request = scene.anonymous().request(http::Method::POST, routes::TOKEN);
    let body = token_request(&scene.app, json!({ "padding": "x".repeat(1024 * 1024) }));
    send(request.json(&body)).await.expect_error(PayloadTooLarge);
    let fits = token_request(&scene.app, json!({ "padding": "x".repeat(1000 * 1000) }));
    scene.anonymous().exchange(fits).await.data();
}
