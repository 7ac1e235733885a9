//! Requests that another website has a browser send.

use sigmic_tests::{
    console::{PASSWORD, Visitor},
    installation::Installation,
};

#[tokio::test]
async fn a_form_of_another_origin_changes_nothing() {
    let installation = Installation::new();
    installation.create_account("ada@example.com", "owner").await;
    let server = installation.start().await;
    let ada = Visitor::signed_in(&server, "ada@example.com").await;
    let own = server.base_url().to_owned();
    let port = own.rsplit_once(':').unwrap().1;
    for headers in [
        &[("sec-fetch-site", "cross-site")][..],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        &[("sec-fetch-site", "cross-site"), ("origin", &own)],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", &format!("http://localhost:{port}"))],
        &[],
    ] {
        for path in ["/console/sign-out", "/console/sign-out-everywhere", "/console/sign-in", "/console/setup"] {
            let fields = [("email", "ada@example.com"), ("password", PASSWORD)];
            let reply = ada.clone().sending(headers).post(path, &fields).await;
            assert_eq!(reply.status, 403, "{path} {headers:?}");
            assert!(reply.text.contains("FORBIDDEN") && reply.header("set-cookie").is_none(), "{path} {headers:?}");
        }
    }
    assert_eq!(ada.get("/console").await.status, 200, "ada is still signed in");
    let reply = ada.clone().sending(&[("origin", &own)]).post("/console/sign-out", &[]).await;
    assert_eq!(reply.status, 303, "the Console's own page may");
}

#[tokio::test]
async fn a_link_from_another_website_arrives() {
    let installation = Installation::new();
    installation.create_account("ada@example.com", "owner").await;
    let server = installation.start().await;
    // The browser keeps the strict cookie back; the page asks again by itself, which is then same-origin.
    let visitor = Visitor::new(&server).sending(&[("sec-fetch-site", "cross-site")]);
    let reply = visitor.get("/console/account").await;
    assert!(reply.status == 200 && reply.text.contains("http-equiv=refresh"), "{}", reply.text);
    let ada = Visitor::signed_in(&server, "ada@example.com").await;
    assert!(ada.get("/console/account").await.text.contains("ada@example.com"));
}
