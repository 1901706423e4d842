//! `dibao tokens` and `dibao accounts`.

use std::io::Read;

use anyhow::{Context, Result, ensure};
use base::duty::{Grant, Role};
use base::outbound::mail::is_address;
use base::people::{Account, NewAccount, Token};
use base::{Clock, Store, SystemClock, Timestamp};
use serde_json::{Value, json};

use super::{DONE, print, site, slug};
use crate::cli::{Accounts, Tokens};

/// Fewest characters of a password (GB/T 22239-2019 asks for complexity; assessors accept from 8 on, NIST and OWASP prefer
/// length).
const PASSWORD_MIN: usize = 10;

fn role(word: &str) -> Result<Role> {
    Role::parse(word)
        .with_context(|| format!("{word} is no duty; duties are central, operator, admin, editor, reviewer"))
}

/// Runs one of the commands; a new token is printed alone, so that a script can keep it.
pub async fn tokens(store: &Store, command: Tokens, json: bool) -> Result<u8> {
    match command {
        Tokens::Create { tenant, duty, label } => {
            let (site, role) = (site(store, &tenant)?, role(&duty)?);
            let label = label.unwrap_or_else(|| format!("{}-{}", role.as_str(), &store.ids().secret()[..6]));
            let token = store.create_token(site.tenant, role, &label, SystemClock.now()).await?;
            if json {
                let (tenant, duty) = (&site.slug, role.as_str());
                print(&json!({ "token": token, "label": label, "tenant": tenant, "duty": duty }))?;
            } else {
                println!("{token}");
            }
        }
        Tokens::List => {
            let tokens = store.tokens().await?;
            let lines: Vec<Value> = tokens.iter().map(|token| shown(store, token)).collect();
            if json {
                print(&lines)?;
            } else {
                for (token, line) in tokens.iter().zip(&lines) {
                    let ended = token.revoked_at.map(|at| format!("  revoked {}", at.minute_cst())).unwrap_or_default();
                    println!(
                        "{}  {}  {:<13} {:<24} {}{ended}",
                        token.id,
                        token.created_at.minute_cst(),
                        token.role,
                        line["tenant"].as_str().unwrap_or_default(),
                        token.label
                    );
                }
            }
        }
        Tokens::Revoke { id } => {
            ensure!(store.revoke_token(id, SystemClock.now()).await?, "there is no token {id}");
            if json {
                print(&json!({ "id": id, "revoked": true }))?;
            } else {
                println!("{id} opens nothing any more");
            }
        }
    }
    Ok(DONE)
}

fn shown(store: &Store, token: &Token) -> Value {
    json!({
        "id": token.id,
        "label": token.label,
        "tenant": slug(store, token.tenant),
        "duty": token.role,
        "created_at": token.created_at.rfc3339(),
        "revoked_at": token.revoked_at.map(Timestamp::rfc3339),
    })
}

/// Runs one of the commands.
pub async fn accounts(store: &Store, command: Accounts, json: bool) -> Result<u8> {
    let (login, said) = match command {
        Accounts::Put { login, name, tenant, duty, subtree, mail } => {
            lawful(mail.as_deref().unwrap_or_default())?;
            let mut password = String::new();
            std::io::stdin().read_to_string(&mut password).context("the password is read from standard input")?;
            let password = password.trim_end_matches(['\r', '\n']).to_owned();
            ensure!(password.chars().count() >= PASSWORD_MIN, "a password has at least {PASSWORD_MIN} characters");
            let grants = vec![Grant { role: role(&duty)?, tenant: site(store, &tenant)?.tenant, subtree }];
            store.put_account(NewAccount { login: login.clone(), name, password, grants }, SystemClock.now()).await?;
            if let Some(mail) = mail {
                store.put_mail_address(&login, &mail).await?;
            }
            (login, "may sign in")
        }
        Accounts::Mail { login, mail } => {
            lawful(&mail)?;
            ensure!(store.put_mail_address(&login, &mail).await?, "there is no account {login}");
            (login, if mail.is_empty() { "gets no letters" } else { "gets letters" })
        }
        Accounts::Disable { login } => {
            ensure!(store.disable_account(&login).await?, "there is no account {login}");
            (login, "may no longer sign in")
        }
        Accounts::List => return list(store, json).await,
    };
    if json {
        let found = store.accounts().await?.into_iter().find(|account| account.login == login);
        print(&found.map(|account| person(store, &account)))?;
    } else {
        println!("{login} {said}");
    }
    Ok(DONE)
}

/// An address that a letter can go to, or none.
fn lawful(mail: &str) -> Result<()> {
    ensure!(mail.is_empty() || is_address(mail), "{mail} is not a mail address");
    Ok(())
}

fn person(store: &Store, account: &Account) -> Value {
    let granted = |grant: &Grant| json!({ "duty": grant.role.as_str(), "tenant": slug(store, grant.tenant), "subtree": grant.subtree });
    let locked = account.locked_until > SystemClock.now();
    json!({
        "login": account.login,
        "name": account.name,
        "disabled": account.disabled,
        "locked_until": locked.then(|| account.locked_until.rfc3339()),
        "grants": account.grants.iter().map(granted).collect::<Vec<_>>(),
    })
}

async fn list(store: &Store, json: bool) -> Result<u8> {
    let accounts = store.accounts().await?;
    if json {
        print(&accounts.iter().map(|account| person(store, account)).collect::<Vec<_>>())?;
        return Ok(DONE);
    }
    for account in &accounts {
        let granted = |grant: &Grant| {
            let below = if grant.subtree { " and below" } else { "" };
            format!("{} at {}{below}", grant.role.as_str(), slug(store, grant.tenant))
        };
        let grants: Vec<String> = account.grants.iter().map(granted).collect();
        let state = match (account.disabled, account.locked_until > SystemClock.now()) {
            (true, _) => "disabled",
            (false, true) => "locked",
            (false, false) => "open",
        };
        println!("{:<20} {state:<9} {}  ({})", account.login, account.name, grants.join(", "));
    }
    Ok(DONE)
}
