//! Signing in and out.

use sigmic_tests::{
    console::{COOKIE, PASSWORD, Visitor, session_in},
    installation::Installation,
    server::Server,
};

const ADA: &str = "ada@example.com";

async fn with_ada() -> (Installation, Server) {
    let installation = Installation::new();
    installation.create_account(ADA, "owner").await;
    let server = installation.start().await;
    (installation, server)
}

#[tokio::test]
async fn one_signs_in_stays_and_signs_out() {
    let (_installation, server) = with_ada().await;
    let mut visitor = Visitor::new(&server);
    let reply = visitor.get("/console/account").await;
    assert_eq!(reply.header("location"), Some("/console/sign-in?next=%2Fconsole%2Faccount"));
    let fields = [("email", ADA), ("password", PASSWORD), ("next", "/console/account")];
    let reply = visitor.post("/console/sign-in", &fields).await;
    assert_eq!((reply.status, reply.header("location")), (303, Some("/console/account")));
    let cookie = reply.header("set-cookie").unwrap();
    for part in ["; Secure", "; HttpOnly", "; SameSite=Strict", "; Path=/;"] {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
    assert!(!cookie.to_lowercase().contains("domain"));
    visitor.keep_cookie(&reply);
    assert!(visitor.get("/console/account").await.text.contains(ADA));
    let reply = visitor.post("/console/sign-out", &[]).await;
    assert_eq!(session_in(&reply).as_deref(), Some(""), "the cookie is taken away");
    assert_eq!(visitor.get("/console/account").await.status, 303, "and its session counts no more");
}

#[tokio::test]
async fn a_session_that_somebody_planted_is_never_taken_over() {
    let (_installation, server) = with_ada().await;
    let planted = "0123456789abcdef".repeat(4);
    let mut visitor = Visitor::new(&server);
    visitor.session = Some(planted.clone());
    visitor.sign_in(ADA, PASSWORD).await;
    let first = visitor.session.clone().unwrap();
    assert_ne!(first, planted);
    visitor.sign_in(ADA, PASSWORD).await;
    assert_ne!(visitor.session.as_ref(), Some(&first), "each sign-in begins another");
    for old in [planted, first] {
        let mut thief = Visitor::new(&server);
        thief.session = Some(old);
        assert_eq!(thief.get("/console").await.status, 303);
    }
}

#[tokio::test]
async fn signing_out_everywhere_and_a_new_password_end_every_session() {
    let (_installation, server) = with_ada().await;
    let (mut here, there) = (Visitor::signed_in(&server, ADA).await, Visitor::signed_in(&server, ADA).await);
    here.post("/console/sign-out-everywhere", &[]).await;
    assert_eq!((here.get("/console").await.status, there.get("/console").await.status), (303, 303));
    here.sign_in(ADA, PASSWORD).await;
    let there = Visitor::signed_in(&server, ADA).await;
    let change = |present, new, again| [("present", present), ("password", new), ("again", again)];
    let new = "another long password";
    for (fields, problem) in [
        (change("wrong password", new, new), "present-error"),
        (change(PASSWORD, "short", "short"), "password-error"),
        (change(PASSWORD, new, "something else"), "again-error"),
    ] {
        let reply = here.post("/console/account/password", &fields).await;
        assert!(reply.status == 400 && reply.text.contains(problem), "{problem}: {}", reply.text);
    }
    let reply = here.post("/console/account/password", &change(PASSWORD, new, new)).await;
    assert_eq!(reply.status, 303, "{}", reply.text);
    here.keep_cookie(&reply);
    assert_eq!((here.get("/console").await.status, there.get("/console").await.status), (200, 303));
    assert_eq!(Visitor::new(&server).sign_in(ADA, PASSWORD).await.status, 401);
    assert_eq!(Visitor::new(&server).sign_in(ADA, new).await.status, 303);
}

#[tokio::test]
async fn an_account_that_is_gone_is_signed_out() {
    let (installation, server) = with_ada().await;
    installation.create_account("bob@example.com", "viewer").await;
    let bob = Visitor::signed_in(&server, "bob@example.com").await;
    assert_eq!(bob.get("/console").await.status, 200);
    installation.run_json(&["admin", "delete", "--email", "bob@example.com"]).await;
    assert_eq!(bob.get("/console").await.status, 303);
}

#[tokio::test]
async fn an_unknown_account_and_a_wrong_password_get_one_answer() {
    let (_installation, server) = with_ada().await;
    let visitor = Visitor::new(&server);
    let answer = async |email: &str, password: &str| {
        let reply = visitor.post("/console/sign-in", &[("email", email), ("password", password)]).await;
        assert!(!reply.text.contains(password), "a password is never repeated");
        (reply.status, reply.text.replace(email, "EMAIL"))
    };
    let wrong = answer(ADA, "not the password").await;
    assert_eq!(wrong.0, 401);
    assert_eq!(answer("nobody@example.com", "not the password").await, wrong);
    assert_eq!(answer("nobody@example.com", PASSWORD).await, wrong);
}

#[tokio::test]
async fn attempts_are_limited_whoever_they_are_for() {
    let (_installation, server) = with_ada().await;
    for email in [ADA, "nobody@example.com"] {
        let visitor = Visitor::new(&server);
        let attempt =
            async |password| visitor.post("/console/sign-in", &[("email", email), ("password", password)]).await;
        for number in 0..10 {
            assert_eq!(attempt("not the password").await.status, 401, "{email} {number}");
        }
        let reply = attempt(PASSWORD).await;
        assert_eq!(reply.status, 429, "{email}");
        assert!(reply.header("retry-after").is_some_and(|seconds| seconds.parse::<u64>().unwrap() > 0));
        assert!(session_in(&reply).is_none());
    }
}

#[tokio::test]
async fn nothing_of_a_session_or_a_password_is_kept_in_the_clear() {
    let (installation, server) = with_ada().await;
    let visitor = Visitor::signed_in(&server, ADA).await;
    let session = visitor.session.clone().unwrap();
    let (_, log) = server.stop().await;
    let files = std::fs::read_dir(installation.data_dir()).unwrap().map(|entry| entry.unwrap().path());
    let kept: Vec<u8> = files.filter(|path| path.is_file()).flat_map(|path| std::fs::read(path).unwrap()).collect();
    let holds = |secret: &str| kept.windows(secret.len()).any(|window| window == secret.as_bytes());
    assert!(holds(ADA), "the database was looked at");
    for secret in [session.as_str(), PASSWORD] {
        assert!(!holds(secret) && !log.contains(secret), "{COOKIE}");
    }
}
