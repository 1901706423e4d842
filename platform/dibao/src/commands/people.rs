//! `dibao tokens` and `dibao accounts`.

use std::io::Read;

use anyhow::{Context, Result, ensure};
use base::duty::{Grant, Role};
use base::people::NewAccount;
use base::{Clock, Store, SystemClock};

use super::{DONE, site};
use crate::cli::{Accounts, Tokens};

/// Fewest characters of a password (GB/T 22239-2019 asks for complexity; assessors accept from 8 on, NIST and OWASP prefer
/// length).
const PASSWORD_MIN: usize = 10;

fn role(word: &str) -> Result<Role> {
    Role::parse(word)
        .with_context(|| format!("{word} is no duty; duties are central, operator, admin, editor, reviewer"))
}

/// Makes a token and prints it alone.
pub async fn tokens(store: &Store, command: Tokens) -> Result<u8> {
    let Tokens::Create { tenant, duty, label } = command;
    let (site, role) = (site(store, &tenant)?, role(&duty)?);
    let label = label.unwrap_or_else(|| format!("{}-{}", role.as_str(), &store.ids().secret()[..6]));
    println!("{}", store.create_token(site.tenant, role, &label, SystemClock.now()).await?);
    Ok(DONE)
}

/// Creates or replaces a person.
pub async fn accounts(store: &Store, command: Accounts) -> Result<u8> {
    let Accounts::Put { login, name, tenant, duty, subtree } = command;
    let mut password = String::new();
    std::io::stdin().read_to_string(&mut password).context("the password is read from standard input")?;
    let password = password.trim_end_matches(['\r', '\n']).to_owned();
    ensure!(password.chars().count() >= PASSWORD_MIN, "a password has at least {PASSWORD_MIN} characters");
    let grants = vec![Grant { role: role(&duty)?, tenant: site(store, &tenant)?.tenant, subtree }];
    store.put_account(NewAccount { login: login.clone(), name, password, grants }, SystemClock.now()).await?;
    println!("{login} may sign in");
    Ok(DONE)
}
