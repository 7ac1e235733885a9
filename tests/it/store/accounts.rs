//! Accounts, their sessions, and the log of what was done.

use super::{NOW, app, chapters, project};
use sigmic::store::{AccountRecord, AuditFilter, AuditRecord, Store};

chapters!(
    an_account_is_found_by_its_address_which_nobody_else_gets,
    of_many_first_accounts_there_is_one,
    a_session_lives_as_long_as_its_account_and_its_password,
    old_sessions_are_erased_by_either_age,
    what_is_done_is_noted_and_what_is_not_done_is_not,
    the_log_is_read_by_who_what_and_which_page_by_page,
);

fn account(id: &str, email: &str) -> AccountRecord {
    AccountRecord {
        id: id.into(),
        email: email.into(),
        role: "editor".into(),
        password_hash: format!("hash of {id}"),
        created_at: NOW,
    }
}

fn note(id: &str, actor: &str, action: &str, subject: &str) -> AuditRecord {
    AuditRecord {
        id: id.into(),
        at: NOW,
        actor: actor.into(),
        action: action.into(),
        subject: subject.into(),
        subject_name: format!("{subject}, as it was called"),
        detail: "Ünïcode 😀 '; --".into(),
    }
}

async fn noted(store: &Store, filter: &AuditFilter, limit: i64) -> Vec<String> {
    store.list_audit(filter, limit).await.unwrap().into_iter().map(|entry| entry.id).collect()
}

async fn an_account_is_found_by_its_address_which_nobody_else_gets(store: Store) {
    assert!(!store.has_accounts().await.unwrap());
    let (ada, bob) = (account("1", "b@example.com"), account("2", "a@example.com"));
    for account in [&ada, &bob] {
        assert!(store.insert_account(account.clone()).await.unwrap());
    }
    assert!(store.has_accounts().await.unwrap());
    assert!(!store.insert_account(account("3", "a@example.com")).await.unwrap(), "the address is taken");
    assert_eq!(store.find_account("1").await.unwrap(), Some(ada.clone()));
    assert_eq!(store.find_account_by_email("a@example.com").await.unwrap(), Some(bob.clone()));
    for nobody in ["A@example.com", "a@example.co_", "%", "", "' OR 1=1 --"] {
        assert_eq!(store.find_account_by_email(nobody).await.unwrap(), None, "{nobody}");
    }
    assert_eq!(store.list_accounts().await.unwrap(), [bob, ada]);
    assert!(store.delete_account("1".into()).await.unwrap());
    assert!(!store.delete_account("1".into()).await.unwrap());
    assert!(store.insert_account(account("3", "b@example.com")).await.unwrap(), "the address is free again");
}

async fn of_many_first_accounts_there_is_one(store: Store) {
    let attempts = (0..8).map(|number| {
        let (store, number) = (store.clone(), number.to_string());
        tokio::spawn(async move {
            let first = account(&number, &format!("{number}@example.com"));
            store.insert_first_account(first).await.unwrap()
        })
    });
    let mut made = 0;
    for attempt in attempts.collect::<Vec<_>>() {
        made += usize::from(attempt.await.unwrap());
    }
    assert_eq!((made, store.list_accounts().await.unwrap().len()), (1, 1));
}

async fn a_session_lives_as_long_as_its_account_and_its_password(store: Store) {
    for (id, email) in [("1", "a@example.com"), ("2", "b@example.com")] {
        store.insert_account(account(id, email)).await.unwrap();
    }
    let hash = |number: u8| vec![number; 32];
    let begin = async |number: u8, id: &str| store.insert_session(hash(number), id.into(), NOW).await.unwrap();
    for (number, id) in [(1, "1"), (2, "1"), (3, "2")] {
        assert!(begin(number, id).await);
    }
    assert!(!begin(4, "nobody").await, "somebody who is gone does not sign in");
    let is_alive = async |number: u8| store.find_session(&hash(number)).await.unwrap().is_some();

    let session = store.find_session(&hash(1)).await.unwrap().unwrap();
    assert_eq!((session.email.as_str(), session.role.as_str()), ("a@example.com", "editor"));
    assert_eq!((session.created_at, session.last_seen_at, session.notice), (NOW, NOW, None));
    store.touch_session(hash(1), NOW + 9).await.unwrap();
    store.set_session_notice(hash(1), Some("Saved.".into())).await.unwrap();
    let session = store.find_session(&hash(1)).await.unwrap().unwrap();
    assert_eq!((session.created_at, session.last_seen_at), (NOW, NOW + 9));
    assert_eq!(session.notice.as_deref(), Some("Saved."));
    store.set_session_notice(hash(1), None).await.unwrap();
    assert_eq!(store.find_session(&hash(1)).await.unwrap().unwrap().notice, None);

    store.delete_session(hash(1)).await.unwrap();
    assert!(!is_alive(1).await && is_alive(2).await);
    assert!(store.set_password("1".into(), "another".into()).await.unwrap());
    assert!(!is_alive(2).await && is_alive(3).await, "another password ends that account's sessions");
    assert_eq!(store.find_account("1").await.unwrap().unwrap().password_hash, "another");
    assert!(!store.set_password("nobody".into(), "another".into()).await.unwrap());

    assert!(begin(5, "1").await && begin(6, "1").await);
    store.delete_sessions("1".into()).await.unwrap();
    assert!(!is_alive(5).await && !is_alive(6).await && is_alive(3).await);
    assert!(store.delete_account("2".into()).await.unwrap());
    assert!(!is_alive(3).await, "a session goes with its account");
}

async fn old_sessions_are_erased_by_either_age(store: Store) {
    store.insert_account(account("1", "a@example.com")).await.unwrap();
    for (number, begun, used) in [(1, 10, 90), (2, 50, 50), (3, 50, 90), (4, 11, 51)] {
        store.insert_session(vec![number; 32], "1".into(), NOW + begun).await.unwrap();
        store.touch_session(vec![number; 32], NOW + used).await.unwrap();
    }
    assert_eq!(store.erase_old_sessions(NOW + 10, NOW + 50).await.unwrap(), 2);
    for (number, is_left) in [(1, false), (2, false), (3, true), (4, true)] {
        assert_eq!(store.find_session(&[number; 32]).await.unwrap().is_some(), is_left, "{number}");
    }
    assert_eq!(store.erase_old_sessions(NOW + 10, NOW + 50).await.unwrap(), 0);
}

async fn what_is_done_is_noted_and_what_is_not_done_is_not(store: Store) {
    let noting = |id: &str, action: &str| store.noting(note(id, "ada", action, "it"));
    let ada = || account("1", "a@example.com");
    assert!(noting("01", "account.created").insert_first_account(ada()).await.unwrap());
    assert!(!noting("02", "account.created").insert_first_account(account("2", "b@example.com")).await.unwrap());
    assert!(!noting("03", "account.created").insert_account(account("2", "a@example.com")).await.unwrap());
    assert!(noting("04", "account.signed_in").insert_session(vec![1; 32], "1".into(), NOW).await.unwrap());
    assert!(!noting("05", "account.signed_in").insert_session(vec![2; 32], "2".into(), NOW).await.unwrap());
    assert!(!noting("06", "account.password_changed").set_password("2".into(), "x".into()).await.unwrap());
    assert!(noting("07", "account.password_changed").set_password("1".into(), "x".into()).await.unwrap());
    noting("08", "project.created").save_project(project("p", "p")).await.unwrap();
    noting("09", "app.created").save_app(app("wapp_1", "p")).await.unwrap();
    let unknown = "wapp_2".into();
    assert!(!noting("10", "app.disabled").set_app_disabled(unknown, true).await.unwrap());
    assert!(noting("11", "app.disabled").set_app_disabled("wapp_1".into(), true).await.unwrap());
    store.save_app(app("wapp_2", "p")).await.unwrap();
    assert!(noting("12", "account.deleted").delete_account("1".into()).await.unwrap());
    let all = AuditFilter::default();
    assert_eq!(noted(&store, &all, 50).await, ["12", "11", "09", "08", "07", "04", "01"]);
    let newest = store.list_audit(&all, 1).await.unwrap();
    assert_eq!(newest, [note("12", "ada", "account.deleted", "it")], "the log outlives the account");
    let taken = noting("12", "app.deleted").delete_app("wapp_1".into()).await;
    assert!(taken.is_err(), "a note that cannot be kept");
    assert!(store.find_app(&"wapp_1".into()).await.unwrap().is_some(), "takes its deed back");
}

async fn the_log_is_read_by_who_what_and_which_page_by_page(store: Store) {
    for (number, (actor, action, subject)) in [
        ("ada", "app.created", "a"),
        ("bob", "app.created", "b"),
        ("ada", "app_x.created", "a"),
        ("ada", "key.created", "k"),
        ("command line", "app.deleted", "a"),
    ]
    .into_iter()
    .enumerate()
    {
        let noting = store.noting(note(&number.to_string(), actor, action, subject));
        noting.save_project(project("p", "p")).await.unwrap();
    }
    assert_eq!(store.list_audit_actors().await.unwrap(), ["ada", "bob", "command line"]);
    let by = |actor: Option<&str>, kind: Option<&str>, subject: Option<&str>, before: Option<&str>| AuditFilter {
        actor: actor.map(str::to_owned),
        kind: kind.map(str::to_owned),
        subject: subject.map(str::to_owned),
        before: before.map(str::to_owned),
    };
    for (filter, limit, expected) in [
        (by(None, None, None, None), 50, vec!["4", "3", "2", "1", "0"]),
        (by(None, None, None, None), 2, vec!["4", "3"]),
        (by(None, None, None, Some("3")), 2, vec!["2", "1"]),
        (by(Some("ada"), None, None, None), 50, vec!["3", "2", "0"]),
        (by(None, Some("app"), None, None), 50, vec!["4", "1", "0"]),
        (by(None, Some("app"), Some("a"), None), 50, vec!["4", "0"]),
        (by(Some("ada"), Some("app"), Some("a"), Some("4")), 50, vec!["0"]),
        (by(Some("nobody"), None, None, None), 50, vec![]),
        (by(None, None, None, Some("0")), 50, vec![]),
    ] {
        assert_eq!(noted(&store, &filter, limit).await, expected, "{filter:?}");
    }
}
