//! What people typed into a form, kept as they typed it, so that a refused form comes back whole.

use std::collections::BTreeMap;

use axum::extract::{FromRequest, Request};
use serde::Serialize;

use crate::problem::Problem;

/// The fields of a form.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Answers(BTreeMap<String, Vec<String>>);

impl Answers {
    /// The first value of a field; empty when it was not sent.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).and_then(|values| values.first()).map_or("", String::as_str)
    }

    /// Every value of a field.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.0.get(name).cloned().unwrap_or_default()
    }

    /// Slugs as people list them: separated by commas, spaces or lines.
    pub fn listed(&self, name: &str) -> Vec<String> {
        let split = |c: char| c.is_whitespace() || matches!(c, ',' | '，' | '、' | ';' | '；');
        self.get(name).split(split).filter(|slug| !slug.is_empty()).map(str::to_owned).collect()
    }

    /// Sets a field that a form did not send.
    pub fn put(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.to_owned(), vec![value.into()]);
    }

    /// The same with the fields of `under` that this form did not send: pages with several forms come back whole.
    pub fn over(self, under: Self) -> Self {
        let mut all = under.0;
        all.extend(self.0);
        Self(all)
    }

    /// First values, for templates.
    pub fn flat(&self) -> BTreeMap<&str, &str> {
        self.0.iter().map(|(name, values)| (name.as_str(), values.first().map_or("", String::as_str))).collect()
    }
}

impl FromIterator<(String, String)> for Answers {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in pairs {
            // Browsers send line ends as CRLF; what was typed had none of the CR.
            all.entry(name).or_default().push(value.replace("\r\n", "\n"));
        }
        Self(all)
    }
}

impl<S: Send + Sync> FromRequest<S> for Answers {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let form = axum::extract::Form::<Vec<(String, String)>>::from_request(request, state).await;
        form.map(|axum::extract::Form(pairs)| pairs.into_iter().collect())
            .map_err(|error| Problem::new(error.status(), "unreadable", error.body_text()))
    }
}
