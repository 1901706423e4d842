//! People who sign in, and those who may no longer.

use base::Timestamp;
use base::duty::{Grant, Role};
use base::people::{NewAccount, SignInError};
use base::store::Engine;

use crate::kit::{House, PASSWORD, on_both};

async fn put(house: &House, login: &str) -> Result<(), base::StoreError> {
    let grants = vec![Grant { role: Role::Editor, tenant: house.site("hubei").tenant, subtree: false }];
    let new = NewAccount { login: login.to_owned(), name: login.to_owned(), password: PASSWORD.to_owned(), grants };
    house.app.store.put_account(new, house.now()).await
}

async fn sign_in(house: &House, login: &str, password: &str) -> Result<String, SignInError> {
    house.app.store.sign_in(login, password, &house.app.signin, house.now()).await
}

on_both!(
    /// Guesses at the same time have one count between them: no more of them are tried than one after the other would be.
    parallel_guesses_are_counted_together, house => {
        put(house, "duty").await.expect("put");
        let mut guesses = tokio::task::JoinSet::new();
        for n in 0..12 {
            let (store, rules, now) = (house.app.store.clone(), house.app.signin, house.now());
            guesses.spawn(async move { store.sign_in("duty", &format!("guess {n}"), &rules, now).await });
        }
        let ended = guesses.join_all().await;
        let tried = ended.iter().filter(|ended| matches!(ended, Err(SignInError::Wrong))).count();
        assert_eq!(tried, 4, "the fifth locks");
        assert_eq!(ended.iter().filter(|ended| matches!(ended, Err(SignInError::Locked { .. }))).count(), 8);
        assert!(matches!(sign_in(house, "duty", PASSWORD).await, Err(SignInError::Locked { .. })));
        house.clock.advance(15 * Timestamp::MINUTE);
        sign_in(house, "duty", PASSWORD).await.expect("the lock is over");
        for _ in 0..2 {
            for _ in 0..4 {
                assert!(matches!(sign_in(house, "duty", "no").await, Err(SignInError::Wrong)));
            }
            sign_in(house, "duty", PASSWORD).await.expect("the right password begins the count anew");
        }
    }
);

on_both!(
    /// What is no login is unknown, and no fault of the house.
    impossible_logins_are_unknown, house => {
        for login in ["", "nul\0nul", &"长".repeat(201)] {
            assert!(matches!(sign_in(house, login, PASSWORD).await, Err(SignInError::Wrong)), "{login:?}");
            assert!(put(house, login).await.is_err());
        }
        put(house, &"长".repeat(200)).await.expect("long, but a login");
    }
);

on_both!(
    /// A person who is put anew or disabled is signed in nowhere.
    putting_and_disabling_end_sessions, house => {
        let store = &house.app.store;
        put(house, "editor").await.expect("put");
        let session = sign_in(house, "editor", PASSWORD).await.expect("signed in");
        let known = async |session: &str| {
            store.session(session, &house.app.signin, house.now()).await.expect("asked").is_some()
        };
        assert!(known(&session).await);
        put(house, "editor").await.expect("put");
        assert!(!known(&session).await);
        let session = sign_in(house, "editor", PASSWORD).await.expect("signed in");
        assert!(store.disable_account("editor").await.expect("disabled"));
        assert!(!known(&session).await);
        assert!(matches!(sign_in(house, "editor", PASSWORD).await, Err(SignInError::Disabled)));
        assert!(store.accounts().await.expect("listed").iter().any(|account| account.login == "editor" && account.disabled));
        assert!(!store.disable_account("nobody").await.expect("asked"));
        put(house, "editor").await.expect("put");
        sign_in(house, "editor", PASSWORD).await.expect("put again, a person may sign in");
    }
);

on_both!(
    /// A revoked token opens nothing.
    a_revoked_token_is_unknown, house => {
        let store = &house.app.store;
        let value = house.token("hubei", Role::Editor).await;
        house.get(&value, "/api/v1/documents").await.expect(200);
        let listed = store.tokens().await.expect("listed");
        let token = listed.last().expect("a token");
        assert!(store.revoke_token(token.id, house.now()).await.expect("revoked"));
        house.get(&value, "/api/v1/documents").await.expect(401);
        assert_eq!(store.tokens().await.expect("listed")[0].revoked_at, Some(house.now()));
        assert!(!store.revoke_token(uuid::Uuid::nil(), house.now()).await.expect("asked"));
    }
);
