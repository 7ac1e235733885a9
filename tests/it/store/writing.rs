//! Many writers at once, and one that fails.

use super::{Fresh, NOW, chapters, project, run, task_of, user_scope};
use sigmic::store::{Store, StoreError};

chapters!(writes_at_once_are_all_kept);

async fn writes_at_once_are_all_kept(store: Store) {
    store.save_project(project("p", "p")).await.unwrap();
    let scope = user_scope("a", "u");
    let writes = (0..200).map(|n| {
        let (store, task) = (store.clone(), task_of(&scope, &format!("t{n}")));
        async move { store.create_task(task, run(&format!("r{n}"), NOW)).await }
    });
    for written in futures::future::join_all(writes).await {
        written.unwrap();
    }
    assert_eq!(store.list_tasks(&scope, 1, 0).await.unwrap().1, 200);
}

#[tokio::test]
async fn a_write_that_fails_says_so_and_the_next_one_works() {
    let fresh = Fresh::sqlite().await;
    let scope = user_scope("a", "u");
    // There is no such project: the foreign key refuses.
    let refused = fresh.store.create_task(task_of(&scope, "t"), run("r", NOW)).await;
    assert!(matches!(refused, Err(StoreError::Database(_))), "{refused:?}");
    fresh.store.save_project(project("p", "p")).await.unwrap();
    fresh.store.create_task(task_of(&scope, "t"), run("r", NOW)).await.unwrap();
}

#[tokio::test]
async fn two_processes_may_open_the_same_file_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let opened = futures::future::join_all((0..4).map(|_| Store::open(None, folder.path()))).await;
    for (n, store) in opened.into_iter().enumerate() {
        store.unwrap().save_project(project(&format!("p{n}"), &format!("p{n}"))).await.unwrap();
    }
}

#[tokio::test]
async fn what_was_written_is_there_after_closing() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(None, folder.path()).await.unwrap();
    store.save_project(project("p", "p")).await.unwrap();
    store.close().await;
    assert!(matches!(store.save_project(project("q", "q")).await, Err(StoreError::Unavailable(_))));
    let again = Store::open(None, folder.path()).await.unwrap();
    assert!(again.find_project("p").await.unwrap().is_some());
}
